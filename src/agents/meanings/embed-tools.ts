import type { EntityManager } from '@mikro-orm/postgresql';
import { searchableEndpoints } from '../../catalog/search/index-endpoints.js';
import type { SearchableKind } from '../../catalog/search/write-search-documents.js';
import { readRevision } from '../../changes/current-revision.js';
import { searchableMcpTools } from '../../mcp-servers/index-mcp-tools.js';
import { query } from '../../storage/sql.js';
import type { Embedder } from '../../upstream/embedder.js';
import { embedTexts } from './embed-texts.js';
import { toBase64 } from './stored-vector.js';
import { digestText, toToolText } from './tool-text.js';

export type Embedding = {
  fork(): EntityManager;
  embedder: Embedder;
  /** This process: a UUID. */
  holder: string;
};

/** `document`: which writing of the tool's search document this is; `digest`: of the text that was embedded before. */
type DueTool = { id: string; kind: SearchableKind; document: string; digest: string | null };

const toolsAtOnce = 64;
// Longer than a batch takes: the turn of whoever died passes on then.
const holdSeconds = 180;
const firstId = '00000000-0000-0000-0000-000000000000';

/**
 * Embeds the tools of all tenants whose text has none of this model's vectors, a tenant at a time, until nothing is due.
 * Several processes take turns: a tenant is embedded by one. Answers how many texts were embedded; throws what the
 * embedder throws, and what was embedded until then stays.
 */
export async function embedDueTools(embedding: Embedding, signal: AbortSignal): Promise<number> {
  let embedded = 0;
  for (;;) {
    const tenant = await takeTurn(embedding);
    if (tenant === null) return embedded;
    try {
      embedded += await embedTenant(embedding, tenant, signal);
    } catch (error) {
      await endTurn(embedding, { tenant, revision: null });
      throw error;
    }
  }
}

async function takeTurn({ fork, embedder, holder }: Embedding): Promise<string | null> {
  const [turn] = await query<{ tenant: string }>(
    fork(),
    `insert into tool_embedding_turns as t (tenant_id, model, holder, held_until, version)
     select r.tenant_id, $1, $2::uuid, now() + interval '${holdSeconds} seconds', 0
     from catalog_revisions r
     left join tool_embedding_turns o on o.tenant_id = r.tenant_id and o.model = $1
     where r.tenant_id <> ''
       and (o.tenant_id is null or (o.revision is distinct from r.revision and o.held_until <= now()))
     order by r.tenant_id limit 1
     on conflict (tenant_id, model) do update
       set holder = excluded.holder, held_until = excluded.held_until where t.held_until <= now()
     returning tenant_id as tenant`,
    [embedder.model, holder],
  );
  return turn?.tenant ?? null;
}

/** `revision`: of the catalog that is embedded now; null = not all of it is. */
async function endTurn(
  { fork, embedder, holder }: Embedding,
  { tenant, revision }: { tenant: string; revision: string | null },
): Promise<void> {
  await query(
    fork(),
    `update tool_embedding_turns set held_until = now(), revision = coalesce($4::bigint, revision)
     where tenant_id = $1 and model = $2 and holder = $3::uuid`,
    [tenant, embedder.model, holder, revision],
  );
}

async function embedTenant(
  embedding: Embedding,
  tenant: string,
  signal: AbortSignal,
): Promise<number> {
  const { fork, embedder } = embedding;
  // Read first: what is written from now on makes another turn.
  const revision = await readRevision(fork(), tenant);
  let embedded = 0;
  for (let after = firstId; ; ) {
    signal.throwIfAborted();
    const due = await query<DueTool>(fork(), selectDue, [tenant, embedder.model, after]);
    const last = due.at(-1);
    if (!last) break;
    const count = await embedSome(embedding, { tenant, due, signal });
    if (count === null) return embedded;
    embedded += count;
    after = last.id;
  }
  await endTurn(embedding, { tenant, revision });
  return embedded;
}

// A row's xmin changes with every writing of it, and what is compared is no more than whether it did.
const selectDue = `select d.tool_id as id, d.kind, d.xmin::text as document, encode(e.digest, 'hex') as digest
  from search_documents d
  left join tool_embeddings e on e.tenant_id = d.tenant_id and e.tool_id = d.tool_id and e.model = $2
  where d.tenant_id = $1 and d.tool_id > $3::uuid and e.document is distinct from d.xmin::text
  order by d.tool_id limit ${toolsAtOnce}`;

/** How many texts were embedded; null when the turn has passed to another process. */
async function embedSome(
  embedding: Embedding,
  { tenant, due, signal }: { tenant: string; due: readonly DueTool[]; signal: AbortSignal },
): Promise<number | null> {
  const { fork, embedder } = embedding;
  const texts = await readTexts(fork(), tenant, due);
  const tools = due.flatMap(({ id, document, digest: known }) => {
    const text = texts.get(id);
    if (text === undefined) return [];
    const digest = digestText(text);
    return [{ id, document, text, digest, isSame: digest === known }];
  });
  const changed = tools.filter(({ isSame }) => !isSame);
  const vectors = await embedTexts(
    embedder,
    changed.map(({ text }) => text),
    signal,
  );
  const rows = changed.map(({ id, document, digest }, at) => ({
    ...{ id, document, digest },
    vector: encodeVector(vectors[at]),
  }));
  const same = tools.filter(({ isSame }) => isSame).map(({ id, document }) => ({ id, document }));
  const isWritten = await writeRows(embedding, { tenant, rows, same });
  return isWritten ? rows.length : null;
}

async function readTexts(
  em: EntityManager,
  tenant: string,
  due: readonly DueTool[],
): Promise<Map<string, string>> {
  const idsOf = (wanted: SearchableKind) =>
    due.flatMap(({ id, kind }) => (kind === wanted ? [id] : []));
  const endpoints = await searchableEndpoints(em, tenant, idsOf('ENDPOINT'));
  const mcpTools = await searchableMcpTools(em, tenant, idsOf('MCP'));
  return new Map([...endpoints, ...mcpTools].map((tool) => [tool.id, toToolText(tool)]));
}

function encodeVector(vector: Float32Array | null | undefined): string | null {
  return vector ? toBase64(vector) : null;
}

type Written = { id: string; document: string; digest: string; vector: string | null };

async function writeRows(
  { fork, embedder: { model }, holder }: Embedding,
  {
    tenant,
    rows,
    same,
  }: { tenant: string; rows: Written[]; same: { id: string; document: string }[] },
): Promise<boolean> {
  return fork().transactional(async (em) => {
    const [turn] = await query<{ version: string }>(em, continueTurn, [tenant, model, holder]);
    if (!turn) return false;
    const values = [tenant, model, turn.version, JSON.stringify(rows)];
    if (rows.length > 0) await query(em, upsertRows, values);
    if (same.length > 0) await query(em, keepRows, [tenant, model, JSON.stringify(same)]);
    return true;
  });
}

const continueTurn = `update tool_embedding_turns
  set version = version + 1, held_until = now() + interval '${holdSeconds} seconds'
  where tenant_id = $1 and model = $2 and holder = $3::uuid returning version`;

// Whoever deletes a document waits for its lock, and then deletes its vector too.
const upsertRows = `insert into tool_embeddings as e (tenant_id, tool_id, model, digest, document, version, vector)
  select $1, r.id, $2, decode(r.digest, 'hex'), r.document, $3::bigint, decode(r.vector, 'base64')
  from json_to_recordset($4::json) as r(id uuid, digest text, document text, vector text)
  join search_documents d on d.tenant_id = $1 and d.tool_id = r.id
  for key share of d
  on conflict (tenant_id, tool_id, model) do update set digest = excluded.digest,
    document = excluded.document, version = excluded.version, vector = excluded.vector`;

const keepRows = `update tool_embeddings e set document = r.document
  from json_to_recordset($3::json) as r(id uuid, document text)
  where e.tenant_id = $1 and e.model = $2 and e.tool_id = r.id`;
