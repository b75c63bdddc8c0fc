/** The fields of an entry or a reply, as a program writes them; text goes as UTF-8. */
export type Fields = Readonly<Record<string, string | Uint8Array>>;

/** Copies: what the caller does with its bytes afterwards changes nothing. */
export function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
}

export function toFieldMap(fields: Fields): Map<string, Uint8Array> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, toBytes(value)]));
}

/** The same bytes, as a Buffer. */
export function toBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
