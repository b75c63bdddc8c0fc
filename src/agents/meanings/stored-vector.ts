/** The numbers of a vector as the database has them, in base64. */
export function toVector(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  // A copy: four bytes of a pooled buffer need not begin where a number may.
  return new Float32Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / 4));
}

export function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
