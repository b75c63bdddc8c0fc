/** Makes vectors of texts: those of texts that mean the same are close to each other. */
export interface Embedder {
  /** Whose vectors these are: those of two models have nothing to do with each other. */
  readonly model: string;
  /**
   * A vector of length 1 for each text, in their order, all with as many numbers. Throws UPSTREAM_FAILED (also for an
   * answer of another shape), UPSTREAM_TIMEOUT, INVALID_INPUT where the server does not take these texts, or the reason
   * of the caller's own abort.
   */
  embed(
    texts: readonly string[],
    options?: { signal?: AbortSignal | undefined; timeoutMs?: number },
  ): Promise<Float32Array[]>;
}
