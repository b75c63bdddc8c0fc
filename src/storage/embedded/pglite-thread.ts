import { parentPort, workerData } from 'node:worker_threads';
import type { Statement, StatementValue } from '../sql.js';
import { openPglite, type PgliteSource, toClient } from './open-pglite.js';

export type ThreadRequest =
  | { id: number; kind: 'query'; sql: string; params: readonly unknown[] }
  | { id: number; kind: 'run'; statement: Statement; values: readonly StatementValue[] }
  | { id: number; kind: 'close' };

export type ThreadReply = { id: number; result?: unknown; error?: Record<string, unknown> };

const port = parentPort;
if (port) {
  const db = await openPglite(workerData as PgliteSource);
  const client = toClient(db);
  const answer = (request: ThreadRequest) => {
    if (request.kind === 'query') return client.query(request.sql, request.params);
    return request.kind === 'run' ? client.run(request.statement, request.values) : db.close();
  };
  port.on('message', async (request: ThreadRequest) => {
    try {
      const result = await answer(request);
      port.postMessage({ id: request.id, result } satisfies ThreadReply);
    } catch (error) {
      port.postMessage({ id: request.id, error: toPlainError(error) } satisfies ThreadReply);
    }
  });
  port.postMessage({ id: 0 } satisfies ThreadReply);
}

// A database error carries its SQLSTATE and constraint as properties, which structured cloning of an Error drops.
function toPlainError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, detail, constraint, table, column, hint } = error as Error &
    Record<string, unknown>;
  return { message: error.message, code, detail, constraint, table, column, hint };
}
