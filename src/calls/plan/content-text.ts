import { essence, isJson } from '../../openapi/media-types.js';
import { isObject } from '../../openapi/plain-objects.js';
import { formEncode } from './encode-text.js';
import { isPresent, toWireText } from './wire-value.js';

/** A value in a media type, as text: JSON and forms as such, anything else as its text. Undefined stays undefined. */
export function contentText(value: unknown, mediaType: string): string | undefined {
  if (value === undefined) return undefined;
  if (isJson(mediaType)) return JSON.stringify(value);
  return isForm(mediaType) && isObject(value) ? formText(value) : toWireText(value);
}

/** As `contentText` for a place that carries ASCII only: what JSON can escape is escaped. */
export function asciiContentText(value: unknown, mediaType: string): string | undefined {
  const text = contentText(value, mediaType);
  if (!isJson(mediaType)) return text;
  return text?.replace(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

export function isForm(mediaType: string): boolean {
  return essence(mediaType) === 'application/x-www-form-urlencoded';
}

/** One pair for each member, and for each member of a list. */
export function formText(value: Record<string, unknown>): string {
  return Object.entries(value)
    .flatMap(([name, member]) =>
      (Array.isArray(member) ? member : [member])
        .filter(isPresent)
        .map((item) => `${formEncode(name)}=${formEncode(toWireText(item))}`),
    )
    .join('&');
}
