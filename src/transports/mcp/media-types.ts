import type { IncomingHttpHeaders } from 'node:http';
import { RpcError, rpcCodes } from './rpc-message.js';

const stream = 'text/event-stream';
const json = 'application/json';

/** Throws RpcError: 415 for a body that is not called JSON, 406 where an answer could not be taken. */
export function requireMediaTypes({ accept, ...headers }: IncomingHttpHeaders): void {
  const sent = headers['content-type'];
  if (sent === undefined || sent.split(';')[0]?.trim().toLowerCase() !== json) {
    const found = sent === undefined ? 'no Content-Type' : `the Content-Type "${sent}"`;
    throw refusal(415, `The request has ${found}. Expected ${json}.`);
  }
  const coding = headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') {
    throw refusal(
      415,
      `A body with the Content-Encoding "${coding}" is not taken: send it as it is.`,
    );
  }
  if (!accepts(accept, json) || !accepts(accept, stream)) {
    throw refusal(406, `The request must accept both ${json} and ${stream}.`);
  }
}

/** Throws RpcError (406). */
export function requireStreamAccepted({ accept }: IncomingHttpHeaders): void {
  if (!accepts(accept, stream)) throw refusal(406, `The request must accept ${stream}.`);
}

/** RFC 9110, section 12.5.1, without weights other than 0. */
function accepts(accept: string | undefined, type: string): boolean {
  if (accept === undefined) return false;
  const [kind] = type.split('/');
  return accept
    .toLowerCase()
    .split(',')
    .filter((range) => !/;\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)/.test(range))
    .map((range) => range.split(';')[0]?.trim())
    .some((range) => range === type || range === '*/*' || range === `${kind}/*`);
}

function refusal(status: number, message: string): RpcError {
  return new RpcError(rpcCodes.refused, message, { status });
}
