import { isFalsy } from '../../lib/is-falsy.js';

/** How the reference worker reads a result. */
export type LegacyVerdict = { outcome: 'ok' | 'denied' | 'failed'; detail: string };

const maxRead = 16 * 1024;
const maxDetail = 200;

/** Without one of these no text reads as anything but a success; `\\u` may stand for any letter. */
const telling = /success|denied|authori|privilege|\\u/iu;

/**
 * What a result says of its own success, by the words of it, as the reference worker takes it: for logs only, a call's
 * outcome is decided by what happened. Reads the first 16 KiB of characters.
 */
export function classifyLegacy(result: unknown): LegacyVerdict {
  if (typeof result === 'string' && !telling.test(result.slice(0, maxRead)))
    return verdict('ok', '');
  const value = typeof result === 'string' ? parseJson(result) : result;
  if (isMap(value)) return classifyMap(value);
  if (typeof value === 'string' && isDenial(value)) return verdict('denied', value);
  // A list that came as text counts by its text.
  if (typeof result === 'string' && isDenial(result)) return verdict('denied', result);
  return verdict('ok', '');
}

function classifyMap(value: Record<string, unknown>): LegacyVerdict {
  const text = toText([value.error, value.message].find((part) => !isFalsy(part)));
  const { success } = value;
  if (success === false) return verdict(isDenial(text) ? 'denied' : 'failed', text);
  const isUnsaid = success === null || success === undefined;
  return isUnsaid && isDenial(text) ? verdict('denied', text) : verdict('ok', '');
}

function parseJson(text: string): unknown {
  if (text.length > maxRead || !/^[ \t\n\r]*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return parseWithNaN(text);
  }
}

/** Python writes and reads numbers that JSON does not have. */
function parseWithNaN(text: string): unknown {
  const numbers = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
  try {
    return JSON.parse(text.replace(numbers, (found) => (found.startsWith('"') ? found : 'null')));
  } catch {
    return text;
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}

function toText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

const denials = [
  /access denied/iu,
  /permission denied/iu,
  /not authori[sz]ed/iu,
  /unauthori[sz]ed/iu,
];

function isDenial(text: string): boolean {
  const read = text.slice(0, maxRead);
  return denials.some((pattern) => pattern.test(read)) || lacksPrivilege(read);
}

/** "does not have the … privilege" within one line; not as one pattern, which hostile texts make quadratic. */
function lacksPrivilege(text: string): boolean {
  return text.split('\n').some((line) => {
    const start = line.search(/does not have the /iu);
    return start >= 0 && /privilege/iu.test(line.slice(start));
  });
}

function verdict(outcome: LegacyVerdict['outcome'], text: string): LegacyVerdict {
  return {
    outcome,
    detail: Array.from(text.slice(0, 2 * maxDetail))
      .slice(0, maxDetail)
      .join(''),
  };
}
