/** The stems that some tools are found by. */
export interface Vocabulary {
  /** How many tools have each stem, and under '' how many there are; stems that no tool has are left out. */
  count(stems: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** For each word, stems that are written much like it or begin with it. */
  near(words: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
}
