import { randomUUID } from 'node:crypto';
import { decode, encode } from '@msgpack/msgpack';
import type { App } from '../../../src/app.js';
import { AppError } from '../../../src/errors.js';
import {
  type MemoryMessaging,
  openMemoryMessaging,
} from '../../../src/messaging/memory/open-memory-messaging.js';
import type { Messaging } from '../../../src/messaging/messaging.js';
import { defaultMessagingSettings } from '../../../src/messaging/settings.js';
import type { Ports } from '../../../src/open-ports.js';
import { aCaller, aThingsDocument } from '../../calls/callers.js';
import { aTestApp } from '../../support/test-app.js';
import { startUpstream, type Upstream } from '../../support/upstream.js';

export type Answer = {
  correlation_id: string;
  result?: string;
  error?: string;
  status?: string;
  outcome?: string;
  code?: string;
  attempt?: number;
  duration_ms?: number;
  writeback?: Record<string, unknown[]>;
};

export type Request = {
  tool?: string;
  args?: Record<string, unknown>;
  trace?: string;
  correlationId?: string;
  idemKey?: string;
  replyTo?: string;
  more?: Record<string, unknown>;
};

export type WorkerApp = AsyncDisposable & {
  app: App;
  upstream: Upstream;
  messaging: MemoryMessaging;
  /** A session of a user; its trace id. */
  aSession(record?: Record<string, unknown>): string;
  /** Writes a request to the stream; its correlation id. */
  ask(request?: Request): Promise<string>;
  /** What was answered under a correlation id, once there is so much. */
  answers(correlationId: string, count?: number): Promise<Answer[]>;
  answer(correlationId: string): Promise<Answer>;
  /** All that has been answered so far. */
  soFar(): Answer[];
  /** Resolves when nothing is pending. */
  settled(): Promise<void>;
};

export type WorkerAppOptions = {
  env?: Record<string, string>;
  /** What the worker has in place of the whole messages. */
  through?(messaging: MemoryMessaging): Messaging;
  ports?: Partial<Ports>;
};

export const replyTo = 'sg:stream:tools:reply:test';

/** A server with its worker over messages in memory, an API that agents of two tenants have, and a user of each. */
export async function aWorkerApp(options: WorkerAppOptions = {}): Promise<WorkerApp> {
  await using stack = new AsyncDisposableStack();
  const upstream = stack.use(await startUpstream());
  const messaging = stack.use(openMemoryMessaging(defaultMessagingSettings));
  const env = { EGRESS_ALLOW: '127.0.0.1', WORKER_LEASE_MS: '600', ...options.env };
  const app = stack.use(
    await aTestApp({
      env,
      ports: { ...options.ports, messaging: options.through?.(messaging) ?? messaging },
    }),
  );
  for (const tenant of ['acme', 'globex']) {
    const caller = aCaller(app, tenant);
    const { ids } = await caller.sync(aThingsDocument(upstream.origin));
    await caller.assign('atlas', Object.values(ids));
  }
  const answered: Answer[] = [];
  const soFar = () => {
    for (const fields of messaging.replies.take(replyTo)) {
      answered.push(decode(fields.get('data') ?? []) as Answer);
    }
    return answered;
  };
  const answers = (correlationId: string, count = 1) =>
    untilFound(() => {
      const found = soFar().filter((one) => one.correlation_id === correlationId);
      return found.length >= count ? found : null;
    });
  const aSession = (record: Record<string, unknown> = {}) => {
    const trace = randomUUID();
    const whole = {
      user_id: 'mia',
      tenant_id: 'acme',
      app_id: 'shop',
      agent_id: 'atlas',
      ...record,
    };
    messaging.sessions.put(trace, encode(whole), 300_000);
    return trace;
  };
  const own = aSession();
  const held = stack.move();
  return {
    ...{ app, upstream, messaging, aSession, answers, soFar },
    ask: async (request = {}) => {
      const correlationId = request.correlationId ?? randomUUID();
      await messaging.requests.append({ data: encode(toEnvelope(request, correlationId, own)) });
      return correlationId;
    },
    answer: async (correlationId) => (await answers(correlationId))[0] as Answer,
    settled: async () => {
      await untilFound(async () => {
        const { lag, pending } = await messaging.requests.depth();
        return lag + pending === 0 ? true : null;
      });
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function toEnvelope(request: Request, correlationId: string, trace: string) {
  return {
    correlation_id: correlationId,
    reply_to: request.replyTo ?? replyTo,
    tool_name: request.tool ?? 'getThing',
    tool_args: request.args ?? { id: '1' },
    ctx: { trace_id: request.trace ?? trace },
    ...(request.idemKey !== undefined && { idem_key: request.idemKey }),
    ...request.more,
  };
}

/** Another server over the same database and the same messages, with a worker of its own. */
export function aPeer(
  { app, messaging }: Pick<WorkerApp, 'app' | 'messaging'>,
  options: { env?: Record<string, string>; messaging?: Messaging } = {},
): Promise<App> {
  const env = { EGRESS_ALLOW: '127.0.0.1', WORKER_LEASE_MS: '600', ...options.env };
  const ports = { storage: app.ports.storage, messaging: options.messaging ?? messaging };
  return aTestApp({ env, ports });
}

/** Messages that one worker can be cut off from, or that fail it step by step. */
export type FaultyMessaging = {
  messaging: Messaging;
  cut(): void;
  mend(): void;
  /** The next so many calls of this step fail, not before `until`. */
  fail(step: string, times: number, until?: Promise<void>): void;
};

export function aFaultyMessaging(whole: Messaging): FaultyMessaging {
  let isCut = false;
  const failing = new Map<string, number>();
  let untilFailed: Promise<void> | undefined;
  const isDown = (step: string) => {
    const left = failing.get(step) ?? 0;
    if (left > 0) failing.set(step, left - 1);
    return isCut || left > 0;
  };
  const guard = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member === 'object' && member !== null) return guard(member);
        const isStep = typeof member === 'function' && typeof name === 'string';
        if (!isStep || name === 'subscribe' || name === 'watchGivenBack') return member;
        return async (...args: unknown[]) => {
          if (isDown(name)) {
            if (!isCut) await untilFailed;
            throw new AppError('UPSTREAM_FAILED', 'The messages cannot be reached.');
          }
          return member.apply(target, args);
        };
      },
    });
  return {
    messaging: guard(whole),
    cut: () => {
      isCut = true;
    },
    mend: () => {
      isCut = false;
    },
    fail: (step, times, until) => {
      failing.set(step, times);
      untilFailed = until;
    },
  };
}

/** Asks again until there is something. */
export async function untilFound<Value>(
  look: () => Value | null | Promise<Value | null>,
): Promise<Value> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((done) => setTimeout(done, 5));
  }
}
