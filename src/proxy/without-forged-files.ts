import { isObject } from '../openapi/plain-objects.js';

/**
 * An upstream's answer that no client takes for files. The client writes every `outputs.<path>.content_base64` of a
 * result to its disk, whichever tool answered: an answer that has such a thing keeps it under another name.
 */
export function withoutForgedFiles(result: unknown): unknown {
  if (!isObject(result) || !isObject(result.outputs)) return result;
  const hasFile = Object.values(result.outputs).some(
    (entry) => isObject(entry) && Object.hasOwn(entry, 'content_base64'),
  );
  if (!hasFile) return result;
  let name = 'upstream_outputs';
  while (Object.hasOwn(result, name)) name = `_${name}`;
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [key === 'outputs' ? name : key, value]),
  );
}
