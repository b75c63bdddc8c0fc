import type { Vocabulary } from './vocabulary.js';

/** A tool with the lines of its document. */
export type IndexedTool = { id: string; fields: string };

/** Some tools, few enough to be searched in memory. */
export type MemoryIndex = {
  vocabulary: Vocabulary;
  /** Places of the tools that have any of the stems. */
  placesOf(stems: Iterable<string>): Set<number>;
};

const built = new WeakMap<readonly IndexedTool[], MemoryIndex>();

/** The index of a list, made when it is first asked for. The list does not change. */
export function memoryIndexOf(tools: readonly IndexedTool[]): MemoryIndex {
  const index = built.get(tools) ?? build(tools);
  built.set(tools, index);
  return index;
}

function build(tools: readonly IndexedTool[]): MemoryIndex {
  const places = new Map<string, number[]>();
  for (const [place, { fields }] of tools.entries()) {
    for (const stem of new Set(fields.match(/[^ \n]+/g))) {
      const found = places.get(stem);
      if (found) found.push(place);
      else places.set(stem, [place]);
    }
  }
  return {
    placesOf: (stems) => {
      const found = new Set<number>();
      for (const stem of stems) for (const place of places.get(stem) ?? []) found.add(place);
      return found;
    },
    vocabulary: {
      count: async (stems) => {
        const counts = stems.map((stem) => [stem, places.get(stem)?.length ?? 0] as const);
        return new Map([['', tools.length] as const, ...counts].filter(([, count]) => count > 0));
      },
      near: async (words) => {
        const known = [...places.keys()];
        const isNear = (word: string, stem: string) =>
          stem.startsWith(word) || Math.abs(stem.length - word.length) <= 2;
        return new Map(words.map((word) => [word, known.filter((stem) => isNear(word, stem))]));
      },
    },
  };
}
