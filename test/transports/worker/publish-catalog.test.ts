import { describe, expect, it } from 'vitest';
import type { ChangeFeed } from '../../../src/changes/change-feed.js';
import { AppError } from '../../../src/errors.js';
import { createLogger } from '../../../src/logger.js';
import { openMemoryMessaging } from '../../../src/messaging/memory/open-memory-messaging.js';
import type { CatalogStore } from '../../../src/messaging/messaging.js';
import { defaultMessagingSettings } from '../../../src/messaging/settings.js';
import { decodeCatalog } from '../../../src/transports/worker/catalog-body.js';
import { parsePolicy } from '../../../src/transports/worker/policy.js';
import {
  type CatalogPublisher,
  startCatalogPublisher,
} from '../../../src/transports/worker/publish-catalog.js';
import type { AgentCatalog } from '../../../src/transports/worker/read-catalog.js';
import { untilFound } from './worker-app.js';

const logger = createLogger({ level: 'silent' });

describe('publishers at once', () => {
  it('agree, whoever comes first', async () => {
    await using messaging = openMemoryMessaging(defaultMessagingSettings);
    const { catalogs } = messaging;
    const views = { revision: '1' };
    const workers = Array.from({ length: 5 }, () => aPublisher({ catalogs, views }));
    await Promise.all(workers.map((worker) => worker.refresh()));
    expect((await catalogs.current())?.seq).toBe(1);
    views.revision = '2';
    await Promise.all(workers.map((worker) => worker.refresh()));
    expect((await catalogs.current())?.seq).toBe(2);
    expect(new Set(workers.map((worker) => worker.schemaHash())).size).toBe(1);
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  });

  it('that disagree about one revision end their quarrel', async () => {
    await using messaging = openMemoryMessaging(defaultMessagingSettings);
    const { catalogs } = messaging;
    await using one = aPublisher({ catalogs, views: { revision: '1' }, tag: 'one' });
    await using other = aPublisher({ catalogs, views: { revision: '1' }, tag: 'other' });
    for (let round = 0; round < 5; round += 1) {
      await one.refresh();
      await other.refresh();
    }
    expect((await catalogs.current())?.seq).toBe(2);
  });

  it('of which one has an older view leave the newer one’s catalog alone', async () => {
    await using messaging = openMemoryMessaging(defaultMessagingSettings);
    const { catalogs } = messaging;
    await using newer = aPublisher({ catalogs, views: { revision: '7' } });
    await newer.refresh();
    await using older = aPublisher({ catalogs, views: { revision: '6' } });
    await older.refresh();
    expect(await currentOf(catalogs)).toMatchObject({ origin: { revision: 7n } });
    expect(older.schemaHash()).toBe(newer.schemaHash());
  });

  it('of which one has an older policy leave the newer one’s permissions alone', async () => {
    await using messaging = openMemoryMessaging(defaultMessagingSettings);
    const { catalogs } = messaging;
    const views = { revision: '1' };
    await using newer = aPublisher({ catalogs, views, policy: ['ann', 2000] });
    await newer.refresh();
    await using older = aPublisher({ catalogs, views: { revision: '2' }, policy: ['ben', 1000] });
    await older.refresh();
    const catalog = await currentOf(catalogs);
    expect(catalog).toMatchObject({ permissions: { tool: ['ann'] }, origin: { revision: 2n } });
  });
});

describe('a store that does not answer', () => {
  it('gets the catalog once it does', async () => {
    await using messaging = openMemoryMessaging(defaultMessagingSettings);
    let failures = 3;
    const catalogs: CatalogStore = {
      ...messaging.catalogs,
      current: async () => {
        failures -= 1;
        if (failures >= 0) throw new AppError('UPSTREAM_FAILED', 'The store does not answer.');
        return messaging.catalogs.current();
      },
    };
    await using publisher = aPublisher({ catalogs, views: { revision: '1' } });
    await expect(publisher.refresh()).rejects.toThrow('does not answer');
    expect(await untilFound(() => messaging.catalogs.current())).toMatchObject({ seq: 1 });
  });

  it('that lost everything gets it again', async () => {
    await using first = openMemoryMessaging(defaultMessagingSettings);
    await using second = openMemoryMessaging(defaultMessagingSettings);
    let store = first.catalogs;
    const catalogs: CatalogStore = {
      current: () => store.current(),
      find: (seq) => store.find(seq),
      publish: (options) => store.publish(options),
    };
    await using publisher = aPublisher({ catalogs, views: { revision: '1' } });
    await publisher.refresh();
    store = second.catalogs;
    await publisher.refresh();
    expect((await second.catalogs.current())?.seq).toBe(1);
  });

  it('does not keep the publisher from ending', async () => {
    const never = () => Promise.reject(new AppError('UPSTREAM_FAILED', 'Never.'));
    const catalogs = { current: never, find: never, publish: never };
    const publisher = aPublisher({ catalogs, views: { revision: '1' } });
    await publisher.refresh().catch(() => {});
    await publisher[Symbol.asyncDispose]();
  });
});

type Given = {
  catalogs: CatalogStore;
  views: { revision: string };
  tag?: string;
  policy?: [user: string, writtenAt: number];
};

function aPublisher({ catalogs, views, tag = '', policy }: Given): CatalogPublisher {
  const [user, writtenAt] = policy ?? ['*', 0];
  const rules = parsePolicy(JSON.stringify({ tool_permissions: { tool: [user] } }));
  return startCatalogPublisher({
    read: async () => aCatalog(views.revision, tag),
    feed: silentFeed,
    ...{ catalogs, logger, owner: { tenant: 'acme', agentId: 'atlas' } },
    policy: { current: () => rules, writtenAt: () => new Date(writtenAt) },
  });
}

function aCatalog(revision: string, tag: string): AgentCatalog {
  const name = `${tag}${revision}`;
  const tool = { name, description: '', parameters: { type: 'object' }, schema_hash: name };
  return {
    ...{ revision, tools: [tool], schemaHash: name, digest: name },
    hashes: new Map([[name, name]]),
  };
}

async function currentOf(catalogs: CatalogStore) {
  const current = await catalogs.current();
  return current && decodeCatalog(current.body);
}

/** Nothing ever changes. */
const silentFeed: ChangeFeed = {
  revisionOf: async () => '0',
  follow: () => {
    const end = Promise.withResolvers<IteratorResult<never>>();
    const over = { done: true, value: undefined } as const;
    return {
      next: () => end.promise,
      return: async () => {
        end.resolve(over);
        return over;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  },
  [Symbol.asyncDispose]: async () => {},
};
