/** Which streams answers may go to. */
export type ReplyRules = {
  /** What the name of a caller's stream begins with. */
  prefixes: readonly string[];
  /** Streams of our own, which no caller reads answers from. */
  own: readonly string[];
};

/**
 * Whether an answer may be written to a stream that a request names: otherwise whoever may ask could write anywhere. An
 * empty name is no stream: nothing is published.
 */
export function isAllowedReplyTo(replyTo: string, { prefixes, own }: ReplyRules): boolean {
  if (own.includes(replyTo)) return false;
  return prefixes.some((prefix) => replyTo.startsWith(prefix) && replyTo.length > prefix.length);
}
