import type { EntityManager } from '@mikro-orm/postgresql';
import { estimateTokens } from '../../lib/estimate-tokens.js';
import { inBatches } from '../../storage/in-batches.js';
import { query } from '../../storage/sql.js';
import {
  type SearchSource,
  serializeDocument,
  toSearchDocument,
  toVector,
} from './search-document.js';

/** Grows when the words of a document are found in another way: rows of an older one are written anew at start. */
export const analyzerVersion = 1;

/** So many are put into the index at once, which is cheaper than one by one; fewer wait there for more. */
const manyTools = 50;

/** A tool as the search needs it. */
export type SearchableTool = SearchSource & {
  id: string;
  /** Of its input schema as JSON. */
  schemaChars: number;
};

export type SearchableKind = 'ENDPOINT' | 'MCP';

/** Writes what tools are searched by, in place of what was written of them before. Runs in the write's transaction. */
export async function writeSearchDocuments(
  em: EntityManager,
  { tenant, kind, tools }: { tenant: string; kind: SearchableKind; tools: SearchableTool[] },
): Promise<void> {
  await inBatches(toRows(tools), (rows) =>
    query(em, upsertDocuments, [tenant, kind, analyzerVersion, rows]),
  );
  if (tools.length >= manyTools) {
    await query(em, "select gin_clean_pending_list('search_documents_words')");
  }
}

function* toRows(tools: SearchableTool[]): Iterable<string> {
  for (const tool of tools) {
    const document = toSearchDocument(tool);
    const chars = tool.name.length + (tool.description ?? '').length + tool.schemaChars;
    yield JSON.stringify({
      id: tool.id,
      words: toVector(document),
      fields: serializeDocument(document),
      tokens: estimateTokens(chars),
    });
  }
}

const upsertDocuments = `insert into search_documents as d (tenant_id, tool_id, kind, words, fields, tokens, analyzer)
select $1, r.id, $2, r.words::tsvector, r.fields, r.tokens, $3::int
from json_to_recordset($4::json) as r(id uuid, words text, fields text, tokens int)
on conflict (tenant_id, tool_id) do update set words = excluded.words, fields = excluded.fields,
  tokens = excluded.tokens, analyzer = excluded.analyzer`;
