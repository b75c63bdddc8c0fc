import { createServer, type ServerResponse } from 'node:http';
import type { Logger } from '../../logger.js';
import type { Storage } from '../../storage/open-storage.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { Worker } from './open-worker.js';
import { blockMs } from './read-entries.js';

export type HealthOptions = {
  worker: Pick<Worker, 'vitals' | 'policyProblem' | 'storeProblem' | 'ping'>;
  storage: Pick<Storage, 'isReady'>;
  metrics: Metrics;
  logger: Logger;
  port: number;
};

export type HealthServer = AsyncDisposable & { port: number };

const maxLoopAgeMs = 3 * blockMs;
const pingEveryMs = 5000;
const maxPingFailures = 3;
/** Some 150 ms without an answer. */
const maxReadFailures = 3;

/**
 * Tells on 127.0.0.1 how the worker is. `/healthz`: its loop turns, whatever Redis does; `/readyz`: it can run requests;
 * `/metrics`: Prometheus text. 503 with a sentence where not.
 */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const { worker, metrics, logger } = options;
  const pings = startPings(worker);
  const server = createServer(async ({ url }, response) => {
    try {
      if (url === '/healthz') say(response, findIllness(options));
      else if (url === '/readyz') say(response, await findUnreadiness(options, pings.hasFailed()));
      else if (url === '/metrics') {
        const { contentType, text } = await metrics.expose();
        response.writeHead(200, { 'content-type': contentType }).end(text);
      } else response.writeHead(404).end();
    } catch (err) {
      logger.error({ err }, 'the health of the worker could not be told');
      response.writeHead(500).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    [Symbol.asyncDispose]: async () => {
      pings[Symbol.dispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function say(response: ServerResponse, problem: string | null): void {
  response
    .writeHead(problem === null ? 200 : 503, { 'content-type': 'application/json' })
    .end(JSON.stringify({ status: problem ?? 'ok' }));
}

function findIllness({ worker }: Pick<HealthOptions, 'worker'>): string | null {
  const { loopAgeMs } = worker.vitals();
  return loopAgeMs <= maxLoopAgeMs
    ? null
    : `The loop that reads requests has not turned for ${Math.round(loopAgeMs)} ms.`;
}

async function findUnreadiness(
  { worker, storage }: Pick<HealthOptions, 'worker' | 'storage'>,
  hasPingFailed: boolean,
): Promise<string | null> {
  const { isStopping, readAgeMs, failures, running } = worker.vitals();
  if (isStopping) return 'The worker is stopping.';
  const illness = findIllness({ worker });
  if (illness) return illness;
  const away = worker.storeProblem();
  if (away) return away;
  if (hasPingFailed) return 'Redis does not answer.';
  // A worker that is busy reads nothing.
  const isRecent = readAgeMs !== null && (readAgeMs <= maxLoopAgeMs || running > 0);
  if (!isRecent || failures >= maxReadFailures) return 'Requests cannot be read from the stream.';
  if (!(await storage.isReady().catch(() => false))) return 'The database does not answer.';
  return worker.policyProblem();
}

/** One failure is a hiccup; several in a row are an outage. */
function startPings(worker: Pick<Worker, 'ping'>): Disposable & { hasFailed(): boolean } {
  let failures = 0;
  const timer = setInterval(() => {
    worker.ping().then(
      () => {
        failures = 0;
      },
      () => {
        failures += 1;
      },
    );
  }, pingEveryMs).unref();
  return {
    hasFailed: () => failures >= maxPingFailures,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
