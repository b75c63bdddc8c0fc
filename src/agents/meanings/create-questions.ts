import type { Clock } from '../../context.js';
import { AppError } from '../../errors.js';
import { RecentMap } from '../../lib/recent-map.js';
import type { Logger } from '../../logger.js';
import type { Embedder } from '../../upstream/embedder.js';
import { isRefusal } from './embed-texts.js';
import type { Meanings } from './meanings.js';

type Asking = { embedder: Embedder; clock: Clock; logger: Logger };

const timeoutMs = 1500;
const rememberedMs = 10 * 60 * 1000;
const maxRemembered = 1000;
/** After a failure nobody waits for the server for so long. */
const pauseMs = 10 * 1000;

/** Vectors of questions. A failure is told once, until the server answers again. */
export function createQuestions({ embedder, clock, logger }: Asking): Meanings['ask'] {
  const known = new RecentMap<string, { vector: Float32Array | null; until: number }>(
    maxRemembered,
  );
  const running = new Map<string, Promise<Float32Array | null>>();
  let pausedUntil = 0;
  let isTold = false;

  async function embed(question: string): Promise<Float32Array | null> {
    const remember = (vector: Float32Array | null) => {
      known.set(question, { vector, until: clock.now().getTime() + rememberedMs });
      return vector;
    };
    try {
      const [vector] = await embedder.embed([question], { timeoutMs });
      isTold = false;
      return remember(vector ?? null);
    } catch (error) {
      if (isRefusal(error)) return remember(null);
      pausedUntil = clock.now().getTime() + pauseMs;
      if (!isTold) tell(logger, error);
      isTold = true;
      return null;
    }
  }

  return async (text) => {
    const question = text.trim().toWellFormed();
    const now = clock.now().getTime();
    const remembered = known.get(question);
    if (remembered && remembered.until > now) return remembered.vector;
    if (question === '' || now < pausedUntil) return null;
    const asked = running.get(question) ?? embed(question).finally(() => running.delete(question));
    running.set(question, asked);
    return asked;
  };
}

function tell(logger: Logger, error: unknown): void {
  const message = 'a question could not be embedded: tools are found by words alone';
  if (error instanceof AppError) logger.warn({ reason: error.message }, message);
  else logger.error({ err: error }, message);
}
