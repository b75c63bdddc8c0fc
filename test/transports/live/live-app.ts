import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { App } from '../../../src/app.js';
import { writeCatalog } from '../../../src/changes/write-catalog.js';
import { aTestApp, type TestAppOptions } from '../../support/test-app.js';

export type LiveApp = AsyncDisposable & {
  app: App;
  /** `http://127.0.0.1:<port>/graphql` */
  url: string;
  /** Commits one change of a tenant's catalog; its revision. */
  write(options?: { tenant?: string; agentIds?: string[] }): Promise<string>;
  /** The client that most callers use, as the app `shop` of the tenant `acme` unless said otherwise. */
  client(options?: Partial<ClientOptions>): Client;
};

/** The application on a port of its own. */
export async function aLiveApp(options: TestAppOptions = {}): Promise<LiveApp> {
  await using stack = new AsyncDisposableStack();
  const app = stack.use(await aTestApp(options));
  await app.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/graphql`;
  const held = stack.move();
  return {
    app,
    url,
    write: async ({ tenant = 'acme', agentIds = ['atlas'] } = {}) => {
      // The embedded database answers within one turn: timers would never have theirs.
      await setImmediate();
      const scopes = new Set(['catalog:read', 'catalog:write']);
      const actor = { tenant, app: 'shop', subject: null, scopes, expiresAt: null };
      const ctx = { em: app.ports.storage.fork(), actor, clock: app.ports.clock };
      return writeCatalog(ctx, ({ record }) => record({ kind: 'TOOLS_ASSIGNED', agentIds }));
    },
    client: (more) =>
      createClient({
        url: url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { 'x-tenantId': 'acme', 'x-appId': 'shop' },
        retryAttempts: 0,
        ...more,
      }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
