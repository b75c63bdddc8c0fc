import { randomUUID } from 'node:crypto';
import { decode, encode } from '@msgpack/msgpack';
import { Redis } from 'ioredis';

export type Answer = {
  correlation_id: string;
  result?: string;
  error?: string;
  status?: string;
  outcome?: string;
  code?: string;
  attempt?: number;
  writeback?: Record<string, unknown[]>;
};

export type Ask = {
  tool: string;
  args?: Record<string, unknown>;
  /** Its session; the caller's own unless told. */
  trace?: string;
  correlationId?: string;
  idemKey?: string;
  replyTo?: string;
  hash?: string;
  /** More fields of the request. */
  more?: Record<string, unknown>;
};

/** What was asked: the entry in the stream, and what its answer is found by. */
export type Asked = { entryId: string; correlationId: string; replyTo: string };

export type LetterFields = Record<string, string> & { id: string };

export type WireCaller = AsyncDisposable & {
  redis: Redis;
  replyTo: string;
  /** The trace of this caller's own session, of user `mia` of tenant `acme`. */
  trace: string;
  /** What its session says. */
  record: Record<string, string>;
  /** Everything that was asked and is not forgotten. */
  asked: readonly Asked[];
  writeSession(trace: string, record: unknown, ms?: number): Promise<void>;
  ask(ask: Ask): Promise<Asked>;
  askRaw(data: Uint8Array): Promise<string>;
  /** Resolves when so many answers carry this correlation id: all that do. */
  answersTo(asked: Pick<Asked, 'correlationId'>, count?: number): Promise<Answer[]>;
  answerTo(asked: Pick<Asked, 'correlationId'>): Promise<Answer>;
  /** What has come by now, without waiting. */
  answersSoFar(asked: Pick<Asked, 'correlationId'>): Answer[];
  deadLetters(): Promise<LetterFields[]>;
  /** What was asked so far is not looked for any more. */
  forget(): void;
};

export const requestStream = 'sg:stream:tools';

/** A caller of the worker: its session, its reply stream, and a reader that notes every answer. */
export async function openWireCaller(url: string): Promise<WireCaller> {
  const options = { maxRetriesPerRequest: null, retryStrategy: () => 50 };
  const redis = new Redis(url, options);
  const reading = new Redis(url, { ...options, blockingTimeout: 3000 });
  for (const one of [redis, reading]) one.on('error', () => {});
  const replyTo = `sg:stream:tools:reply:${randomUUID()}`;
  const trace = randomUUID();
  const record = { user_id: 'mia', tenant_id: 'acme', app_id: 'shop', agent_id: 'atlas' };
  const asked: Asked[] = [];
  const answers = new Map<string, Answer[]>();
  const watchers = new Set<() => void>();
  let isOver = false;

  async function readAnswers(): Promise<void> {
    for (let after = '0'; !isOver; ) {
      const found = await reading
        .xreadBuffer('COUNT', 500, 'BLOCK', 1000, 'STREAMS', replyTo, after)
        .catch(() => null);
      for (const [, messages] of (found ?? []) as [Buffer, [Buffer, Buffer[]][]][]) {
        for (const [id, fields] of messages) {
          after = id.toString();
          note(decode(fields[fields.findIndex((one) => `${one}` === 'data') + 1] ?? []) as Answer);
        }
      }
    }
  }

  function note(answer: Answer): void {
    const { correlation_id: id } = answer;
    answers.set(id, [...(answers.get(id) ?? []), answer]);
    for (const watch of watchers) watch();
  }

  const running = readAnswers();
  const writeSession = async (of: string, record: unknown, ms = 300_000) => {
    const body = record instanceof Uint8Array ? record : encode(record);
    await redis.set(`sg:tools:session:${of}`, Buffer.from(body), 'PX', ms);
  };
  const answersTo = ({ correlationId }: Pick<Asked, 'correlationId'>, count = 1) =>
    new Promise<Answer[]>((resolve) => {
      const check = () => {
        const found = answers.get(correlationId) ?? [];
        if (found.length < count) return;
        watchers.delete(check);
        resolve(found);
      };
      watchers.add(check);
      check();
    });
  const append = async (data: Uint8Array, traceId: string) =>
    (await redis.xadd(
      ...[requestStream, '*', 'data'],
      ...[Buffer.from(data), 'ts', String(Date.now() / 1000), 'trace_id', traceId],
    )) ?? '';
  const caller: WireCaller = {
    ...{ redis, replyTo, trace, record, asked, writeSession, answersTo },
    ask: async (one) => {
      const correlationId = one.correlationId ?? randomUUID();
      const of = one.trace ?? trace;
      const request = {
        ...{ correlation_id: correlationId, reply_to: one.replyTo ?? replyTo },
        ...{ tool_name: one.tool, tool_args: one.args ?? {}, ctx: { trace_id: of } },
        ...{ idem_key: one.idemKey ?? '', schema_hash: one.hash ?? '', ...one.more },
      };
      const entryId = await append(encode(request, { ignoreUndefined: true }), of);
      const noted = { entryId, correlationId, replyTo: one.replyTo ?? replyTo };
      asked.push(noted);
      return noted;
    },
    askRaw: (data) => append(data, ''),
    answerTo: async (one) => (await answersTo(one))[0] as Answer,
    answersSoFar: ({ correlationId }) => answers.get(correlationId) ?? [],
    deadLetters: async () =>
      ((await redis.xrange('sg:stream:dlq', '-', '+')) ?? []).map(([id, fields]) => {
        const letter: LetterFields = { id };
        for (let at = 0; at < fields.length; at += 2)
          letter[fields[at] ?? ''] = fields[at + 1] ?? '';
        return letter;
      }),
    forget: () => void asked.splice(0),
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      redis.disconnect();
      reading.disconnect();
      await running;
    },
  };
  await writeSession(trace, record);
  return caller;
}
