import type { EntityManager } from '@mikro-orm/postgresql';
import { searchTools } from '../src/agents/search-tools.js';
import { scopes } from '../src/context.js';
import type { Storage } from '../src/storage/open-storage.js';
import { query } from '../src/storage/sql.js';
import { loadMiniSearch } from './peers.js';
import { type SearchCatalog, tenant } from './search-catalog.js';
import type { CorpusTool } from './search-corpus.js';

/** Answers with the keys of at most ten tools, the best first. */
export type Searcher = (text: string) => Promise<string[]>;

const first = 10;

const actor = {
  ...{ tenant, app: 'shop', subject: null, expiresAt: null },
  scopes: new Set<string>(Object.values(scopes)),
};
const noViews = { recall: () => Promise.reject(new Error('No agent is asked for.')) };

/** What a transport calls. Tools that are not of the corpus itself have no key. */
export function openToolgraph(
  { fork, run }: Pick<Storage, 'fork' | 'run'>,
  { keys }: SearchCatalog,
): Searcher {
  return async (text) => {
    const matches = await searchTools(
      { em: fork(), run, actor, views: noViews, meanings: null },
      { query: text, first },
    );
    return matches.map(({ tool }) => keys.get(tool.id) ?? '');
  };
}

/** With prefixes and misspellings, names counting more, and names taken apart as its own words are not. */
export async function openMiniSearch(tools: readonly CorpusTool[]): Promise<Searcher> {
  const MiniSearch = await loadMiniSearch();
  const index = new MiniSearch({
    fields: ['name', 'summary', 'description', 'tags', 'path', 'parameters', 'api'],
    idField: 'key',
    searchOptions: { prefix: true, fuzzy: 0.2, boost: { name: 2, summary: 2 } },
  });
  index.addAll(
    tools.map(({ key, api, draft }) => ({
      ...{ key, api, path: draft.path },
      name: takeApart(draft.name),
      summary: draft.summary ?? '',
      description: draft.description ?? '',
      tags: draft.tags.join(' '),
      parameters: draft.parameters.map(({ name }) => name).join(' '),
    })),
  );
  return async (text) =>
    index
      .search(text)
      .slice(0, first)
      .map(({ id }) => id);
}

/** The same texts as one English `tsvector`, any of the words of the question, the best by `ts_rank`. */
export async function openTsRank(
  em: EntityManager,
  tools: readonly CorpusTool[],
): Promise<Searcher> {
  await query(em, 'create table ts_rank_tools (key text, words tsvector)');
  await query(
    em,
    `insert into ts_rank_tools select r.key, to_tsvector('english', r.text)
     from json_to_recordset($1::json) as r(key text, text text)`,
    [
      JSON.stringify(
        tools.map(({ key, api, draft }) => {
          const { name, summary, description, tags, path, parameters } = draft;
          const words = [takeApart(name), summary, description, tags.join(' '), takeApart(path)];
          const names = parameters.map((parameter) => parameter.name);
          return { key, text: [...words, ...names, api].join(' ').replaceAll('\0', ' ') };
        }),
      ),
    ],
  );
  await query(em, 'create index on ts_rank_tools using gin (words)');
  return async (text) => {
    const rows = await query<{ key: string }>(
      em,
      `select key from ts_rank_tools,
         lateral (select replace(plainto_tsquery('english', $1)::text, '&', '|')::tsquery as asked) q
       where words @@ asked order by ts_rank(words, asked) desc, key limit ${first}`,
      [text],
    );
    return rows.map(({ key }) => key);
  };
}

function takeApart(name: string): string {
  return `${name} ${name.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').replace(/[^\p{L}\p{N}]+/gu, ' ')}`;
}
