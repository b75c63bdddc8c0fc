import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../context.js';
import type { Logger } from '../../logger.js';
import { query } from '../../storage/sql.js';
import type { Embedder } from '../../upstream/embedder.js';
import { createQuestions } from './create-questions.js';
import type { CloseTool, Meanings } from './meanings.js';
import { toVector } from './stored-vector.js';
import { multiply, takeClosest } from './vector-table.js';
import { VectorTables } from './vector-tables.js';

export type MeaningsOptions = {
  embedder: Embedder;
  clock: Clock;
  logger: Logger;
  /** Of a tenant whose tools are all compared. */
  maxTools?: number;
  /** Of the vectors that are kept in memory. */
  maxBytes?: number;
};

const maxClosest = 1000;
/** Of a tenant with too many tools, how many of some are read and compared. */
const maxRead = 2000;

/** Meanings by the vectors that `embedDueTools` writes. */
export function createMeanings(options: MeaningsOptions): Meanings {
  const { embedder, maxTools = 50_000, maxBytes = 256 * 1024 * 1024 } = options;
  const { model } = embedder;
  const tables = new VectorTables({ model, maxTools, maxBytes });
  return {
    ask: createQuestions(options),
    open: async (em, { tenant, question }) => {
      const { table, version } = await tables.find(em, tenant, question.length);
      return {
        version: String(version),
        closest: async (tx, { among, few }) => {
          if (table) return takeClosest(await table.compare(question, among), maxClosest);
          const ids = (among && among.length <= maxRead ? among : few).slice(0, maxRead);
          const vectors = await readVectors(tx, { tenant, model, ids });
          return takeClosest(compare(vectors, question), maxClosest);
        },
      };
    },
  };
}

function compare(
  vectors: readonly { id: string; vector: Float32Array }[],
  question: Float32Array,
): CloseTool[] {
  return vectors.flatMap(({ id, vector }) => {
    const closeness = vector.length === question.length ? multiply(vector, 0, question) : 0;
    return closeness > 0 ? [{ id, closeness }] : [];
  });
}

async function readVectors(
  em: EntityManager,
  { tenant, model, ids }: { tenant: string; model: string; ids: readonly string[] },
): Promise<{ id: string; vector: Float32Array }[]> {
  const rows = await query<{ id: string; vector: string }>(
    em,
    `select tool_id as id, encode(vector, 'base64') as vector from tool_embeddings
     where tenant_id = $1 and model = $2 and tool_id = any($3::uuid[]) and vector is not null`,
    [tenant, model, ids],
  );
  return rows.map(({ id, vector }) => ({ id, vector: toVector(vector) }));
}
