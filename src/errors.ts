/** Every way a verb can refuse. `transports/error-table.ts` says how each transport answers. */
export const errorCodes = [
  'INVALID_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'PRECONDITION_FAILED',
  'LIMIT_EXCEEDED',
  'UPSTREAM_FAILED',
  'UPSTREAM_TIMEOUT',
  'NOT_CONFIGURED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One thing wrong with an input: `path` as in zod (`['source', 'url']`), a sentence, a machine code. */
export type InputIssue = { path: (string | number)[]; message: string; code: string };

export type ErrorDetails = Record<string, unknown> & { issues?: InputIssue[] };

/** An expected failure. The message is for a person, the details are for programs; neither carries secrets. */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
