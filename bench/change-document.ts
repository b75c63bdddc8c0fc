/** The body with another operationId for its first operation, in JSON as in YAML; everything else stays as it is. */
export function changeOneOperation(body: Uint8Array): Buffer<ArrayBuffer> {
  const text = Buffer.from(body).toString('utf8');
  const changed = text.replace(/(\boperationId"?:\s*["']?)([\w./-]+)/, '$1$2_2');
  if (changed === text) throw new Error('no operationId was found');
  return Buffer.from(changed);
}
