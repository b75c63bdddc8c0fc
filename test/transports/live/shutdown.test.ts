import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startServer } from '../../support/server-process.js';
import { openInitialised, openRaw } from './raw-socket.js';

const query = 'subscription { catalogChanged { revision } }';

it('a server that stops closes sockets with 1001, ends streams, and exits', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-shutdown-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const server = stack.use(await startServer({ DATA_DIR: dir, SHUTDOWN_GRACE_MS: '50000' }));
  const url = `${server.url}/graphql`;
  const following = stack.use(await openInitialised(url));
  following.send({ id: '1', type: 'subscribe', payload: { query } }, { type: 'ping' });
  await following.told();
  const silent = stack.use(await openRaw(url));
  const paused = stack.use(await openInitialised(url));
  paused.socket.pause();
  const agent = new Agent({ keepAlive: true });
  stack.defer(() => agent.destroy());
  const headers = { accept: 'text/event-stream', 'x-tenantid': 'acme' };
  const request = get(`${url}?${new URLSearchParams({ query })}`, { headers, agent });
  const [stream] = (await once(request, 'response')) as [IncomingMessage];
  const ended = stream.toArray();
  const status = server.end('SIGTERM');
  expect(await following.closed).toEqual({ code: 1001, reason: 'Going away' });
  expect(await silent.closed).toEqual({ code: 1001, reason: 'Going away' });
  expect(Buffer.concat(await ended).toString()).toBe(':\n\n');
  expect(await status).toBe(0);
});
