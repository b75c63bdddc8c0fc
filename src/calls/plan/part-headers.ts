import type { PartHeaderPlan } from '../../openapi/types.js';
import { asciiContentText } from './content-text.js';
import { plainEncoder } from './encode-text.js';
import { serializePathValue } from './serialize-path-value.js';

/** A header of a part; the value in UTF-8, without line breaks. */
export type PartHeader = [name: string, value: string];

/** The headers that a document fixes for a part, as their style or media type writes them; empty ones are left out. */
export function partHeaders(plans: PartHeaderPlan[] = []): PartHeader[] {
  return plans.flatMap(({ name, value, explode, contentType }): PartHeader[] => {
    const text =
      contentType === null
        ? serializePathValue(value, { name, style: 'simple', explode }, plainEncoder)
        : asciiContentText(value, contentType);
    return text ? [[name, text]] : [];
  });
}

/** Whether the content of a part is to be base64 (RFC 2045 section 6.8; deprecated by RFC 7578 section 4.7). */
export function isSentAsBase64(headers: PartHeader[]): boolean {
  return headers.some(
    ([name, value]) =>
      name.toLowerCase() === 'content-transfer-encoding' && value.toLowerCase() === 'base64',
  );
}
