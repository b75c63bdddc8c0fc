import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { type FaultyServer, type RawRequest, startFaultyServer } from '../support/faulty-server.js';
import { freePort } from '../support/free-port.js';
import { aTestApp } from '../support/test-app.js';
import { startUpstream } from '../support/upstream.js';
import { aCaller, aThingsDocument, made } from './callers.js';
import { faults, okHead } from './fault-list.js';

type Behaviour = {
  name: string;
  answer: (request: RawRequest) => void;
  /** For a GET, then for a POST. */
  outcomes: [string, string];
};

function endlessly(head: string) {
  return ({ socket }: RawRequest) => {
    socket.write(head);
    const more = () => {
      while (!socket.destroyed && socket.write('x'.repeat(10_000)));
    };
    socket.on('drain', more);
    more();
  };
}

const bomb = gzipSync(Buffer.alloc(50 * 1024 ** 2));
const behaviours: Behaviour[] = [
  ...faults,
  { name: 'answers without end', answer: endlessly(`${okHead}\r\n`), outcomes: ['OK', 'OK'] },
  {
    name: 'answers with a gzip bomb',
    answer: ({ socket }) => {
      socket.write(`${okHead}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    },
    outcomes: ['OK', 'OK'],
  },
  {
    name: 'streams without end',
    answer: ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n'),
    outcomes: ['OK', 'OK'],
  },
  {
    name: 'has too many requests',
    answer: ({ socket }) =>
      socket.write('HTTP/1.1 429 Too Many\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n'),
    outcomes: ['FAILED', 'FAILED'],
  },
];

const env = {
  EGRESS_ALLOW: '127.0.0.1',
  CALL_TIMEOUT_MS: '1500',
  CALL_MAX_BYTES: '1024',
  CALL_MAX_STREAM_MS: '100',
};
let app: App;
let url: string;

beforeAll(async () => {
  app = await aTestApp({ env });
  url = await app.server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app[Symbol.asyncDispose]());

let tenants = 0;

async function aCallerOf(origin: string) {
  tenants += 1;
  const tenant = `tenant-${tenants}`;
  const caller = aCaller(app, tenant);
  const { ids } = await caller.sync(aThingsDocument(origin));
  await caller.assign('atlas', Object.values(ids));
  return { tenant, caller, ids };
}

/** What `/metrics` says is running. */
async function leftOver(): Promise<string[]> {
  const { body } = await app.server.inject({ url: '/metrics' });
  return body.split('\n').filter((line) => /^toolgraph_calls_in_flight [^0]/.test(line));
}

describe('one record, one outcome and no connection are left of calls of a server that', () => {
  it.each(behaviours)('$name', async ({ answer, outcomes }) => {
    await using server: FaultyServer = await startFaultyServer(answer);
    const { caller } = await aCallerOf(server.url);
    const read = made(await caller.call('getThing', { id: '1' }));
    const written = made(await caller.call('makeThing', { name: 'n' }));
    const kept = made(await caller.call('makeThing', { name: 'n' }, { key: 'k' }));
    const again = made(await caller.call('makeThing', { name: 'n' }, { key: 'k' }));
    expect([read, written, kept].map(({ outcome }) => outcome)).toEqual([
      outcomes[0],
      outcomes[1],
      outcomes[1],
    ]);
    expect(again).toEqual({ ...kept, replayed: true });
    const { totalCount, nodes } = await caller.calls();
    expect(totalCount).toBe(3);
    expect(nodes.map(({ id, outcome }) => [id, outcome]).sort()).toEqual(
      [read, written, kept].map(({ callId, outcome }) => [callId, outcome]).sort(),
    );
    await server.allClosed();
    expect(await leftOver()).toEqual([]);
  });

  it('refuses the connection', async () => {
    const { caller } = await aCallerOf(`http://127.0.0.1:${await freePort()}`);
    const answers = [
      made(await caller.call('getThing', { id: '1' })),
      made(await caller.call('makeThing', { name: 'n' })),
    ];
    expect(answers.map(({ outcome }) => outcome)).toEqual(['FAILED', 'FAILED']);
    const { nodes } = await caller.calls();
    expect(nodes.map(({ toolName, attempts }) => [toolName, attempts])).toEqual([
      ['makeThing', 1],
      ['getThing', 3],
    ]);
  });
});

describe('a caller who closes the connection in mid-call', () => {
  const rest = (name: string) => ({
    path: `/tools/agents/atlas/tools/${name}/call`,
    body: { arguments: name === 'makeSlowly' ? { name: 'n' } : {} },
  });
  const graphql = (name: string) => ({
    path: '/graphql',
    body: {
      query:
        'mutation ($name: String!, $args: JSON) { callTool(agentId: "atlas", name: $name, arguments: $args) { outcome } }',
      variables: { name, args: name === 'makeSlowly' ? { name: 'n' } : {} },
    },
  });

  it.each([
    ['REST', 'a safe', rest('readSlowly'), 'FAILED'],
    ['REST', 'an unsafe', rest('makeSlowly'), 'INDETERMINATE'],
    ['GraphQL', 'a safe', graphql('readSlowly'), 'FAILED'],
    ['GraphQL', 'an unsafe', graphql('makeSlowly'), 'INDETERMINATE'],
  ])('over %s ends the request of %s call, which has one record', async (...row) => {
    const [, , { path, body }, outcome] = row;
    await using upstream = await startUpstream();
    const { caller, tenant } = await aCallerOf(upstream.origin);
    const leaving = new AbortController();
    const left = fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'x-tenantid': tenant, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: leaving.signal,
    }).catch(() => 'gone');
    await upstream.came(1);
    leaving.abort();
    expect(await left).toBe('gone');
    await upstream.gone;
    while ((await leftOver()).length > 0) await new Promise((done) => setImmediate(done));
    expect(await caller.calls()).toMatchObject({ totalCount: 1, nodes: [{ outcome }] });
    expect(upstream.seen).toHaveLength(1);
  });
});
