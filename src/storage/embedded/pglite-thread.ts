import { parentPort, workerData } from 'node:worker_threads';
import { openPglite, type PgliteSource, runOnPglite } from './open-pglite.js';

export type ThreadRequest =
  | { id: number; kind: 'query'; sql: string; params: readonly unknown[] }
  | { id: number; kind: 'close' };

export type ThreadReply = { id: number; result?: unknown; error?: Record<string, unknown> };

const port = parentPort;
if (port) {
  const db = await openPglite(workerData as PgliteSource);
  port.on('message', async (request: ThreadRequest) => {
    try {
      const result =
        request.kind === 'query'
          ? await runOnPglite(db, request.sql, request.params)
          : await db.close();
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
