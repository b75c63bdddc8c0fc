import type { EntityManager } from '@mikro-orm/postgresql';
import { serializeDocument, toSearchDocument } from '../catalog/search/search-document.js';
import { estimateTokens } from '../lib/estimate-tokens.js';
import type { LocalToolRow } from '../local-tools/list-local-tools.js';
import { query } from '../storage/sql.js';
import type { EffectiveTool } from './effective-tools.js';

/** A tool of a view with what it is searched by. */
export type SearchedTool = {
  id: string;
  kind: EffectiveTool['kind'] | 'LOCAL';
  name: string;
  fields: string;
  tokens: number;
};

type DocumentRow = { id: string; fields: string; tokens: number };

/** What tools of a view are searched by, in the order of the view. */
export async function withDocuments<Tool extends Pick<EffectiveTool, 'id' | 'kind' | 'name'>>(
  em: EntityManager,
  tenant: string,
  tools: readonly Tool[],
): Promise<(SearchedTool & { kind: Tool['kind'] })[]> {
  if (tools.length === 0) return [];
  const rows = await query<DocumentRow>(
    em,
    `select tool_id as id, fields, tokens from search_documents
     where tenant_id = $1 and tool_id = any($2::uuid[])`,
    [tenant, tools.map(({ id }) => id)],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return tools.flatMap(({ id, kind, name }) => {
    const row = found.get(id);
    return row ? [{ kind, name, ...row }] : [];
  });
}

/** The same of local tools, which are few and of which nothing is written. */
export function localDocuments(tools: readonly LocalToolRow[]): SearchedTool[] {
  return tools.map(({ id, name, displayName, description, category, inputSchema }) => {
    const document = toSearchDocument({
      name,
      title: displayName,
      description: description ?? null,
      method: null,
      path: null,
      tags: [category],
      sourceName: '',
      parameters: Object.keys((inputSchema.properties as object | undefined) ?? {}),
    });
    const chars = name.length + (description ?? '').length + JSON.stringify(inputSchema).length;
    return {
      id,
      name,
      kind: 'LOCAL',
      fields: serializeDocument(document),
      tokens: estimateTokens(chars),
    };
  });
}
