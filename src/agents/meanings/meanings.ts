import type { EntityManager } from '@mikro-orm/postgresql';

/** `closeness`: the cosine of the tool's vector and the question's, above 0. */
export type CloseTool = { id: string; closeness: number };

/** What questions and tools mean, as vectors. */
export interface Meanings {
  /**
   * The vector of a question, remembered for a while. Null, and never an error, where it is not to be had in time: then
   * the answer is found by words alone.
   */
  ask(question: string): Promise<Float32Array | null>;
  /**
   * What a tenant's tools mean beside a question. Not within a transaction: who comes meanwhile waits for what this one
   * reads.
   */
  open(em: EntityManager, asked: { tenant: string; question: Float32Array }): Promise<OpenMeanings>;
}

export type OpenMeanings = {
  /** Another one where any tool of the tenant has another vector. */
  version: string;
  /**
   * The tools whose meaning is closest to the question's, at most 1,000, the closest first, whether they are offered or
   * not: of `among`, or of all of the tenant. Of a tenant with too many tools for that, those of `few`.
   */
  closest(
    em: EntityManager,
    asked: { among: readonly string[] | null; few: readonly string[] },
  ): Promise<CloseTool[]>;
};
