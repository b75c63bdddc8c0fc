import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aLiveApp, type LiveApp } from './live-app.js';
import { openInitialised, type RawSocket } from './raw-socket.js';

/** What callers do to the process who do not read, or read too slowly. */

let live: LiveApp;
beforeAll(async () => {
  live = await aLiveApp({ env: { LIVE_MAX_LAG: '20', LIVE_PING_MS: '1500' } });
});
afterAll(() => live[Symbol.asyncDispose]());

/** More than 200 kB for each change, so that the buffers of a connection are soon full. */
const large = Array.from(
  { length: 30 },
  (_, n) => `a${n}: agents { ${'x'.repeat(40)}${n}: id ${'y'.repeat(40)}${n}: id }`,
);
const agentIds = Array.from({ length: 60 }, (_, n) => `agent-${n}`);

function follow(after: string, fields = 'revision'): object {
  const query = `subscription { catalogChanged(after: "${after}") { ${fields} } }`;
  return { id: 's', type: 'subscribe', payload: { query } };
}

async function readRevision(raw: RawSocket): Promise<string> {
  const { payload } = await raw.told();
  return (payload as { data: { catalogChanged: { revision: string } } }).data.catalogChanged
    .revision;
}

it('who reads slowly is told where to resume, and others are not delayed', async () => {
  const tenant = 'slow';
  // However long the writing takes, who pauses meanwhile does not count as gone.
  await using patient = await aLiveApp({ env: { LIVE_MAX_LAG: '20' } });
  await using slow = await openInitialised(patient.url, { tenant });
  await using quick = await openInitialised(patient.url, { tenant });
  await patient.write({ tenant, agentIds });
  slow.send(follow('0', `revision ${large}`));
  quick.send(follow('0'));
  expect(await readRevision(slow)).toBe('1');
  expect(await readRevision(quick)).toBe('1');
  slow.socket.pause();
  for (let revision = 2; revision <= 80; revision += 1) {
    await patient.write({ tenant, agentIds });
    expect(await readRevision(quick)).toBe(String(revision));
  }
  slow.socket.resume();
  let last = 1;
  for (;;) {
    const message = await slow.told();
    if (message.type === 'error') {
      const extensions = { code: 'LIMIT_EXCEEDED', reason: 'SLOW_SUBSCRIBER' };
      expect(message.payload).toMatchObject([
        { extensions: { ...extensions, resumeAfter: String(last) } },
      ]);
      break;
    }
    last += 1;
    const told = { data: { catalogChanged: { revision: String(last) } } };
    expect(message).toMatchObject({ payload: told });
  }
  expect(last).toBeLessThan(80);
  slow.send(follow(String(last)));
  for (let revision = last + 1; revision <= 80; revision += 1) {
    expect(await readRevision(slow)).toBe(String(revision));
  }
});

it('who reads nothing at all is cut off', async () => {
  const tenant = 'deaf';
  const connected = once(live.app.server.server, 'connection');
  await using deaf = await openInitialised(live.url, { tenant });
  const [connection] = (await connected) as [Socket];
  await live.write({ tenant, agentIds });
  deaf.send(follow('0', `revision ${large}`));
  expect(await readRevision(deaf)).toBe('1');
  deaf.socket.pause();
  while (!connection.destroyed) await live.write({ tenant, agentIds });
});

it('who asks on and on without reading is not heard until it reads', async () => {
  await using raw = await openInitialised(live.url);
  raw.socket.pause();
  const text = 'x'.repeat(10_000);
  const pings = 2_000;
  for (let ping = 0; ping < pings; ping += 1) raw.send({ type: 'ping', payload: { ping, text } });
  raw.socket.resume();
  for (let ping = 0; ping < pings; ping += 1) {
    expect(await raw.told()).toMatchObject({ type: 'pong', payload: { ping } });
  }
});
