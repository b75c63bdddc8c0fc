/** How a request ended, as the log of calls and `outcome` of a reply say it; null: nothing was to be executed. */
export type WireOutcome = 'ok' | 'denied' | 'failed' | 'exception' | 'indeterminate';

/** A file of a result, its bytes as they are. */
export type SentFile = { media_type: string; data: Uint8Array; filename?: string };

/** Beside the result: what the caller passes on to its user. */
export type WriteBack = {
  sent_files: SentFile[];
  injected_tools: string[];
  sent_rich_messages: unknown[];
};

/** What a reply says, but for the correlation id, which every asker has its own of. */
export type ReplyBody = {
  result?: string;
  writeback?: WriteBack;
  error?: string;
  status?: 'CATALOG_STALE';
  outcome?: WireOutcome;
  code?: string;
};

/** The end of a request. */
export type Answer = {
  body: ReplyBody;
  outcome: WireOutcome | null;
  /** For programs; null for success. */
  code: string | null;
  /** The beginning of what went wrong, for the log. */
  detail: string | null;
  /** Nothing ran, and later it may: not to be kept as the job's result while attempts are left. */
  isRetryable: boolean;
};

/** Why a request was not executed. */
export type RejectionCode = keyof typeof rejections;

/** The sentence of each; where it is null the rejection brings its own. */
const rejections = {
  INVALID_REQUEST: null,
  UNAUTHENTICATED: 'Tool request rejected: no authenticated session.',
  CATALOG_STALE: null,
  DEADLINE_EXCEEDED: 'Tool request rejected: its deadline has passed.',
  IDEMPOTENCY_KEY_REUSED:
    'Tool request rejected: its idempotency key was used with other arguments. Give the same arguments, or another key.',
  RESULT_EXPIRED:
    'The tool was called before under this idempotency key, and its result is not kept any more.',
  INDETERMINATE:
    'The tool may or may not have been called: the worker that ran it stopped before it had the answer. It is not called again.',
  RETRIES_EXHAUSTED: 'The tool was not called: every attempt to begin failed.',
  AUDIT_UNAVAILABLE:
    'Tool request rejected: the audit cannot be written, and this tool is not called without it.',
  UNAVAILABLE:
    'The tool was not called: the service lacks something that it needs. Try again later.',
  SHUTTING_DOWN: 'The tool was not called: the worker is shutting down. Try again.',
} as const satisfies Record<string, string | null>;

const retryable: ReadonlySet<RejectionCode> = new Set([
  'AUDIT_UNAVAILABLE',
  'UNAVAILABLE',
  'SHUTTING_DOWN',
]);

const outcomes: Partial<Record<RejectionCode, WireOutcome>> = { INDETERMINATE: 'indeterminate' };

/**
 * The answer to a request that was not executed, or of which nobody knows whether it was. `sentence` stands for the
 * usual one and must carry no secrets.
 */
export function rejectionAnswer(code: RejectionCode, sentence?: string): Answer {
  const outcome = outcomes[code] ?? null;
  if (code === 'CATALOG_STALE') {
    return answer({ body: { status: 'CATALOG_STALE' }, outcome, code, detail: null });
  }
  const error = sentence ?? rejections[code] ?? 'Tool request rejected.';
  return answer({
    body: { error },
    outcome,
    code,
    detail: error,
    isRetryable: retryable.has(code),
  });
}

/** The answer to a request that a policy or an upstream refused: told as a result, which a model can read. */
export function deniedAnswer(sentence: string): Answer {
  const result = `Access denied: ${sentence}`;
  const body = { result, writeback: noWriteBack() };
  return answer({ body, outcome: 'denied', code: 'FORBIDDEN', detail: result });
}

/** Completes an answer. */
export function answer(given: Omit<Answer, 'isRetryable'> & { isRetryable?: boolean }): Answer {
  const { outcome, code, detail, isRetryable = false } = given;
  const body = { ...given.body, ...(outcome && { outcome }), ...(code && { code }) };
  return { body, outcome, code, detail: detail && cut(detail), isRetryable };
}

export function noWriteBack(): WriteBack {
  return { sent_files: [], injected_tools: [], sent_rich_messages: [] };
}

const maxDetail = 200;

function cut(text: string): string {
  return text.length <= maxDetail
    ? text
    : Array.from(text.slice(0, 2 * maxDetail))
        .slice(0, maxDetail)
        .join('');
}
