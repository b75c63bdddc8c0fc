import type { App } from '../../../src/app.js';
import { callTool } from '../../../src/calls/call-tool.js';
import { sweepSubmittedCalls } from '../../../src/calls/submitted/sweep-submitted-calls.js';
import { generateFernetKey } from '../../../src/credentials/fernet.js';
import type { LogEntry } from '../../../src/messaging/request-log.js';
import { query } from '../../../src/storage/sql.js';
import { openPolicy } from '../../../src/transports/worker/policy.js';
import { createSubmittedSource } from '../../../src/transports/worker/submitted-source.js';
import { aTestApp } from '../../support/test-app.js';
import { startUpstream } from '../../support/upstream.js';
import { aCaller, aThingsDocument } from '../callers.js';

export const env = {
  EGRESS_ALLOW: '127.0.0.1',
  CREDENTIAL_SECRET: generateFernetKey(),
  // What waits is run when a test says so.
  WORKER: 'off',
};

export type Submitted = {
  id: string;
  state: string;
  result: {
    outcome: string;
    callId: string;
    error: { code: string; message: string } | null;
  } | null;
};

/** Two replicas over one database. */
export async function openReplicas(more: Record<string, string> = {}) {
  const one = await aTestApp({ env: { ...env, ...more } });
  const other = await aTestApp({
    env: { ...env, ...more },
    ports: { storage: one.ports.storage },
  });
  return {
    one,
    other,
    [Symbol.asyncDispose]: async () => {
      await other[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
    },
  };
}

let tenants = 0;

/** A tenant and an upstream of their own; the agent `atlas` has the tools of `aThingsDocument`. */
export async function aScene({ one, other }: { one: App; other: App }) {
  tenants += 1;
  const tenant = `submitter-${tenants}`;
  const upstream = await startUpstream();
  const caller = aCaller(one, tenant);
  const { ids, apiId } = await caller.sync(aThingsDocument(upstream.origin));
  await caller.assign('atlas', Object.values(ids));
  const sql = <Row>(text: string, params: unknown[] = []) =>
    query<Row>(one.ports.storage.fork(), text, [tenant, ...params]);
  return {
    ...{ tenant, upstream, caller, replica: aCaller(other, tenant), ids, apiId, sql },
    submit: (name: string, args: object, more: object = {}) => submit(caller, name, args, more),
    find: (id: string, asker = caller) => find(asker, id),
    /** Runs what waits in the log of a replica, as a worker does, without its leases. */
    work: (app = one) => workOff(app),
    sweep: (app = one) => sweepSubmittedCalls(app.submitted),
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  };
}

type Caller = ReturnType<typeof aCaller>;

async function submit(caller: Caller, name: string, args: object, more: object) {
  const { status, body } = await caller.post(`/agents/atlas/tools/${name}/submit`, {
    arguments: args,
    ...more,
  });
  return { status, ...body } as Submitted & { status: number; detail?: unknown };
}

async function find(caller: Caller, id: string): Promise<Submitted | null> {
  const { data, errors } = await caller.ask(
    `query ($id: ID!) { call(id: $id) { id state toolName agentId idempotencyKey startedAt finishedAt deadlineAt
      result { callId outcome result status replayed error { code message } } } }`,
    { id },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.call;
}

export async function readEntries({ ports }: App): Promise<LogEntry[]> {
  const { signal } = new AbortController();
  return ports.messaging.requests.read({ consumer: 'test', count: 100, blockMs: 0, signal });
}

async function workOff(app: App): Promise<number> {
  const policy = { current: () => openPolicy };
  const source = createSubmittedSource({ submitted: app.submitted, policy });
  const entries = await readEntries(app);
  for (const entry of entries) {
    const taken = await source.read(entry, false);
    if (taken.kind === 'settled') {
      await app.ports.messaging.requests.settle(entry, taken.settlement);
      continue;
    }
    const { ask } = taken;
    const { actor, agentId, toolName: name, idempotencyKey, traceHeaders } = ask;
    if (await ask.begins?.()) {
      const ended = await callTool(
        { actor, calls: app.calls, signal: null, traceHeaders },
        { agentId, name, arguments: ask.arguments, idempotencyKey },
      ).then(
        (result) => ({ kind: 'result' as const, result }),
        (error: unknown) => ({ kind: 'thrown' as const, error }),
      );
      await ask.keep(ended, { attempt: 1, durationMs: 1 });
    }
    await app.ports.messaging.requests.settle(entry, { replies: [], isDone: true });
  }
  return entries.length;
}
