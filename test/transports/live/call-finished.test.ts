import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { aScene, env } from '../../calls/submitted/scene.js';
import { CallFinishedDocument } from '../../generated/documents.js';
import { startCallbackRouter } from '../../support/callback-router.js';
import { aLiveApp, type LiveApp } from './live-app.js';
import { openInitialised, type RawSocket } from './raw-socket.js';

/** What `callFinished` tells whom. */

// Replicas hear each other at once by PostgreSQL's notifications; the embedded database has one process, so that two
// apps on it find each other's calls by looking.
const checkMs = inject('postgresUrl') ? '600000' : '100';

let one: LiveApp;
let other: LiveApp;
beforeAll(async () => {
  const more = { ...env, LIVE_CHECK_MS: checkMs };
  one = await aLiveApp({ env: more });
  other = await aLiveApp({ env: more, ports: { storage: one.app.ports.storage } });
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await one[Symbol.asyncDispose]();
});

const aSubmitter = () => aScene({ one: one.app, other: other.app });

/** Resolves when the server has begun to follow the call. */
async function follow(live: LiveApp, tenant: string, callId: string): Promise<RawSocket> {
  const raw = await openInitialised(live.url, { tenant });
  const query = print(CallFinishedDocument);
  raw.send({ id: 's', type: 'subscribe', payload: { query, variables: { id: callId } } });
  return raw;
}

/** A query on the same socket: what came before it has been heard. */
async function untilHeard(raw: RawSocket): Promise<void> {
  raw.send({ id: 'q', type: 'subscribe', payload: { query: '{ catalogRevision }' } });
  expect(await raw.told()).toMatchObject({ id: 'q', type: 'next' });
  expect(await raw.told()).toMatchObject({ id: 'q', type: 'complete' });
}

async function expectDone(raw: RawSocket, id: string): Promise<void> {
  expect(await raw.told()).toMatchObject({
    ...{ id: 's', type: 'next' },
    payload: { data: { callFinished: { id, state: 'DONE', result: { outcome: 'OK' } } } },
  });
  expect(await raw.told()).toEqual({ id: 's', type: 'complete' });
}

describe('callFinished', () => {
  it('tells whoever waits on any replica, once, and ends', async () => {
    await using scene = await aSubmitter();
    const { id } = await scene.submit('getThing', { id: '1' });
    const sockets = await Promise.all(
      [one, one, other, other].map((live) => follow(live, scene.tenant, id)),
    );
    await Promise.all(sockets.map(untilHeard));
    await scene.work();
    for (const raw of sockets) {
      await expectDone(raw, id);
      raw.socket.terminate();
    }
  });

  it('tells who comes late at once, on any replica', async () => {
    await using scene = await aSubmitter();
    const { id } = await scene.submit('getThing', { id: '1' });
    await scene.work();
    for (const live of [one, other]) {
      await using raw = await follow(live, scene.tenant, id);
      await expectDone(raw, id);
    }
  });

  it('tells each call apart to those who ask alike', async () => {
    await using scene = await aSubmitter();
    const first = await scene.submit('getThing', { id: '1' });
    const second = await scene.submit('getThing', { id: '2' });
    await using followsFirst = await follow(one, scene.tenant, first.id);
    await using followsSecond = await follow(one, scene.tenant, second.id);
    await scene.work();
    await expectDone(followsFirst, first.id);
    await expectDone(followsSecond, second.id);
  });

  it('refuses a call of another tenant as one that does not exist, done or not', async () => {
    await using scene = await aSubmitter();
    const { id } = await scene.submit('getThing', { id: '1' });
    const unknown = '00000000-0000-4000-8000-00000000000a';
    const refusal = async (callId: string) => {
      await using raw = await follow(one, 'a-stranger', callId);
      const told = await raw.told();
      return JSON.stringify(told).replaceAll(callId, 'ID');
    };
    const expected = await refusal(unknown);
    expect(expected).toMatch(/"type":"error".*NOT_FOUND/);
    expect(await refusal(id)).toBe(expected);
    expect(await refusal('no-uuid')).toBe(expected);
    await scene.work();
    expect(await refusal(id)).toBe(expected);
  });

  it('ends with a refusal when the call is deleted while somebody waits', async () => {
    await using scene = await aSubmitter();
    const { id } = await scene.submit('getThing', { id: '1' });
    await using raw = await follow(one, scene.tenant, id);
    await untilHeard(raw);
    await scene.sql('delete from submitted_calls where tenant_id = $1');
    one.app.submitted.finished.tell(id);
    expect(await raw.told()).toMatchObject({ id: 's', type: 'error' });
    await scene.work();
  });

  it('forgets who goes away', async () => {
    await using scene = await aSubmitter();
    const { id } = await scene.submit('getThing', { id: '1' });
    await using raw = await follow(one, scene.tenant, id);
    await untilHeard(raw);
    raw.send({ id: 's', type: 'complete' });
    await untilHeard(raw);
    await scene.work();
    await untilHeard(raw);
    // A second one on the same socket is told all the same.
    const query = print(CallFinishedDocument);
    raw.send({ id: 's', type: 'subscribe', payload: { query, variables: { id } } });
    await expectDone(raw, id);
  });

  it('comes by server-sent events and by HTTP callbacks too', async () => {
    await using scene = await aSubmitter();
    const { id } = await scene.submit('getThing', { id: '1' });
    await using router = await startCallbackRouter();
    const headers = { 'x-tenantid': scene.tenant, 'content-type': 'application/json' };
    const payload = { query: print(CallFinishedDocument), variables: { id } };
    const events = await fetch(one.url, {
      method: 'POST',
      headers: { ...headers, accept: 'text/event-stream' },
      body: JSON.stringify(payload),
    });
    const extensions = {
      subscription: {
        ...{ callbackUrl: router.url, subscriptionId: 'sub', verifier: 'v' },
        heartbeatIntervalMs: 0,
      },
    };
    const begun = await one.app.server.inject({
      ...{ method: 'POST', url: '/graphql', payload: { ...payload, extensions } },
      headers: { ...headers, accept: 'application/json;callbackSpec=1.0' },
    });
    expect(begun.statusCode).toBe(200);
    await scene.work();
    const text = await events.text();
    expect(text).toMatch(/event: next\ndata: .*"state":"DONE".*\n\nevent: complete/s);
    expect(await router.take('next')).toMatchObject({
      payload: { data: { callFinished: { id, state: 'DONE' } } },
    });
    await router.take('complete');
  });
});
