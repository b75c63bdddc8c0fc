/** What a describer is told of an endpoint. */
export type DescribableEndpoint = {
  name: string;
  method: string;
  path: string;
  description: string | null;
  parameters: { name: string; location: string; required: boolean; description: string | null }[];
};

/** Writes a tool description with an LLM. */
export interface DescriptionWriter {
  /** One to three sentences of plain text. Throws UPSTREAM_FAILED or UPSTREAM_TIMEOUT, also for a nonsense answer. */
  describe(endpoint: DescribableEndpoint, options?: { signal?: AbortSignal }): Promise<string>;
}
