import { type RunStatement, toStatement } from '../../storage/sql.js';
import type { Vocabulary } from './vocabulary.js';

/** What the database counts of all tools of a tenant, those that are not offered now among them. */
export function storedVocabulary(run: RunStatement, tenant: string): Vocabulary {
  return {
    count: async (stems) => {
      const rows = await run<{ word: string; tools: number }>(selectCounts, [
        tenant,
        ['', ...stems],
      ]);
      return new Map(rows.map(({ word, tools }) => [word, tools]));
    },
    near: async (words) => {
      const rows = await run<{ typed: string; words: string[] }>(selectNear, [tenant, words]);
      return new Map(rows.map((row) => [row.typed, row.words]));
    },
  };
}

const selectCounts = toStatement(
  'select word, tools from search_words where tenant_id = $1 and word = any($2) and tools > 0',
);

// By trigrams, then those that go on where the word ends: who types has not finished.
const selectNear = toStatement(`select typed, array(
    select word from (
      (select word from search_words where tenant_id = $1 and word % typed and tools > 0
       order by similarity(word, typed) desc, word limit 20)
      union all
      (select word from search_words where tenant_id = $1 and word > typed and word < typed || '~' and tools > 0
       order by tools desc, word limit 5)
    ) w
  ) as words from unnest($2::text[]) typed`);
