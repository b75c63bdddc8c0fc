import { randomUUID } from 'node:crypto';
import { AppError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { query } from '../../storage/sql.js';
import { type Embedding, embedDueTools } from './embed-tools.js';

type Starting = Omit<Embedding, 'holder'> & { logger: Logger };

const tickMs = 2000;
const maxPauseMs = 5 * 60 * 1000;
const maxRestMs = 60 * 1000;
const hourMs = 60 * 60 * 1000;

/**
 * Embeds what is written to the catalog, soon after, until disposed. A failure is told once, and tried again after a
 * pause that grows. Vectors of models that no process has used for a day are deleted.
 */
export function startToolEmbedder({ logger, ...parts }: Starting): AsyncDisposable {
  const embedding = { ...parts, holder: randomUUID() };
  const closing = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let failures = 0;
  let notedAt = 0;

  async function look(): Promise<number> {
    const startedAt = performance.now();
    try {
      if (notedAt === 0 || startedAt - notedAt > hourMs) {
        await noteUse(embedding);
        notedAt = startedAt;
      }
      await embedDueTools(embedding, closing.signal);
      failures = 0;
      // No more than half of the time goes into it, however large the catalogs are.
      return Math.max(tickMs, Math.min(maxRestMs, performance.now() - startedAt));
    } catch (error) {
      failures += 1;
      if (failures === 1 && !closing.signal.aborted) tell(logger, error);
      return Math.min(maxPauseMs, tickMs * 2 ** Math.min(failures, 10));
    }
  }

  let running: Promise<void> = Promise.resolve();
  const turn = () => {
    running = look().then((pauseMs) => {
      if (!closing.signal.aborted) timer = setTimeout(turn, pauseMs).unref();
    });
  };
  turn();
  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort(new AppError('UPSTREAM_FAILED', 'This service is shutting down.'));
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}

function tell(logger: Logger, error: unknown): void {
  const message = 'tools could not be embedded: until they are, they are found by their words';
  if (error instanceof AppError) logger.warn({ reason: error.message }, message);
  else logger.error({ err: error }, message);
}

/** The row of no tenant says when a model was last in use: tools that are under no tenant are not embedded. */
async function noteUse({ fork, embedder, holder }: Embedding): Promise<void> {
  await fork().transactional(async (em) => {
    await query(
      em,
      `insert into tool_embedding_turns (tenant_id, model, holder, held_until, version)
       values ('', $1, $2::uuid, now(), 0)
       on conflict (tenant_id, model) do update set holder = excluded.holder, held_until = now()`,
      [embedder.model, holder],
    );
    const unused = `(select model from tool_embedding_turns
      where tenant_id = '' and held_until < now() - interval '1 day')`;
    await query(em, `delete from tool_embeddings where model in ${unused}`);
    await query(em, `delete from tool_embedding_turns where model in ${unused}`);
  });
}
