import { randomUUID } from 'node:crypto';
import { decode, encode } from '@msgpack/msgpack';
import { Redis } from 'ioredis';
import { loadBullMq } from './peers.js';
import type { WorkOperation } from './worker-operations.js';

/** Sends a job and waits for its result; throws unless that is the upstream's answer. */
export type WorkClient = AsyncDisposable & {
  ask(operation: WorkOperation): Promise<void>;
};

type Waiting = Map<string, { resolve(result: unknown): void; reject(error: Error): void }>;

const stream = 'sg:stream:tools';
const trace = 'bench';

/** As an inference process speaks to the worker: msgpack on the stream, answers on a stream of its own. */
export async function openToolgraphClient({ port }: { port: number }): Promise<WorkClient> {
  const redis = new Redis(port, '127.0.0.1', { enableAutoPipelining: true });
  const reading = new Redis(port, '127.0.0.1');
  const replyTo = `sg:tools:reply:${randomUUID()}`;
  const waiting: Waiting = new Map();
  const session = { user_id: 'bench', tenant_id: 'bench', app_id: 'bench', agent_id: 'bench' };
  await redis.set(`sg:tools:session:${trace}`, Buffer.from(encode(session)));
  const isOver = new AbortController();
  const done = readReplies(reading, { replyTo, waiting, signal: isOver.signal });
  return {
    ask: async ({ tool, args }) => {
      const correlationId = randomUUID();
      const answered = expectAnswer(waiting, correlationId);
      const data = encode({
        ...{ correlation_id: correlationId, reply_to: replyTo, tool_name: tool, tool_args: args },
        ctx: { trace_id: trace },
      });
      await redis.xadd(stream, '*', 'data', Buffer.from(data.buffer, data.byteOffset, data.length));
      const { outcome, result } = (await answered) as { outcome?: string; result?: string };
      const isWanted = outcome === 'ok' && (JSON.parse(result ?? '{}') as { id?: number }).id === 7;
      if (!isWanted) throw new Error(`A call failed: ${JSON.stringify({ outcome, result })}`);
    },
    [Symbol.asyncDispose]: async () => {
      isOver.abort();
      reading.disconnect();
      await done;
      redis.disconnect();
    },
  };
}

async function readReplies(
  redis: Redis,
  { replyTo, waiting, signal }: { replyTo: string; waiting: Waiting; signal: AbortSignal },
): Promise<void> {
  for (let after = '0'; !signal.aborted; ) {
    const found = await redis
      .xreadBuffer('COUNT', 200, 'BLOCK', 2000, 'STREAMS', replyTo, after)
      .catch(() => null);
    // The stream's name, then entries of an id and its names and values.
    for (const [, entries] of (found ?? []) as [Buffer, [Buffer, Buffer[]][]][]) {
      for (const [id, fields] of entries) {
        after = id.toString();
        const at = fields.findIndex((name) => name.toString() === 'data');
        const reply = decode(fields[at + 1] ?? Buffer.alloc(0)) as { correlation_id: string };
        waiting.get(reply.correlation_id)?.resolve(reply);
        waiting.delete(reply.correlation_id);
      }
    }
  }
}

/** As BullMQ's documentation has it: a queue to add to, and the events of the queue for the results. */
export async function openBullClient(options: {
  port: number;
  queue: string;
}): Promise<WorkClient> {
  const { Queue, QueueEvents } = await loadBullMq();
  const connection = { host: '127.0.0.1', port: options.port };
  const queue = new Queue(options.queue, { connection });
  const events = new QueueEvents(options.queue, { connection });
  const waiting: Waiting = new Map();
  events.on('completed', ({ jobId, returnvalue }) => {
    waiting.get(jobId)?.resolve(returnvalue);
    waiting.delete(jobId);
  });
  events.on('failed', ({ jobId, failedReason }) => {
    waiting.get(jobId)?.reject(new Error(failedReason));
    waiting.delete(jobId);
  });
  await events.waitUntilReady();
  return {
    ask: async (operation) => {
      const jobId = randomUUID();
      const answered = expectAnswer(waiting, jobId);
      await queue.add('call', operation, { jobId });
      const { id } = (await answered) as { id?: number };
      if (id !== 7) throw new Error('A job answered something else.');
    },
    [Symbol.asyncDispose]: async () => {
      await events.close();
      await queue.close();
    },
  };
}

function expectAnswer(waiting: Waiting, id: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
  });
}
