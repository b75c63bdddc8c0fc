import { AppError } from '../errors.js';
import { connectionHeaders } from '../lib/connection-headers.js';

const ownHeaders = new Set(connectionHeaders);

/**
 * A caller's headers as they go out: lower-case names, without those that the client sets itself.
 * Throws INVALID_INPUT, naming the header and never its value, for one that HTTP cannot carry (RFC 9110, section 5).
 */
export function toOutgoingHeaders(headers: Record<string, string>): Record<string, string> {
  const out: Record<string, string> = { 'user-agent': 'toolgraph', accept: '*/*' };
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) {
      throw new AppError('INVALID_INPUT', `${JSON.stringify(given)} is not a header name.`);
    }
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new AppError(
        'INVALID_INPUT',
        `The header "${given}" holds a line break or another character that a header cannot carry.`,
      );
    }
    if (!ownHeaders.has(name)) out[name] = value;
  }
  out['accept-encoding'] = 'gzip, deflate, br';
  return out;
}
