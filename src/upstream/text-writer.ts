export type WritingTask = {
  /** What the writer is to do. */
  system: string;
  /** What it is asked. */
  user: string;
  maxTokens: number;
};

/** Writes a text with an LLM. */
export interface TextWriter {
  /**
   * What it wrote, trimmed. Throws UPSTREAM_FAILED (no usable text; the server's own words are left out) or
   * UPSTREAM_TIMEOUT, or the reason of the caller's own abort.
   */
  write(task: WritingTask, options?: { signal?: AbortSignal }): Promise<string>;
}
