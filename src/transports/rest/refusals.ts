import { AppError } from '../../errors.js';

/** Where in a request something is wrong, as FastAPI writes it: `['body', 'endpoint_ids', 0]`. */
export type Loc = (string | number)[];

/** A request that does not validate, told in REST's own words; verbs report their findings in theirs. */
export function invalid(loc: Loc, message: string, code: string): AppError {
  return new AppError('INVALID_INPUT', message, {
    issues: [{ path: loc, message, code }],
    isLocated: true,
  });
}

/** An answer that only HTTP knows, such as 405. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}
