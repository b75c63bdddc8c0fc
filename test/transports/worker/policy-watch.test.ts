import { rm, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/logger.js';
import { createMemoryConfigFeed } from '../../../src/messaging/memory/memory-stores.js';
import { watchPolicy } from '../../../src/transports/worker/watch-policy.js';
import { aPolicyFile } from '../../worker/policy-file.js';
import { untilFound } from './worker-app.js';

const logger = createLogger({ level: 'silent' });
const never = 1_000_000;

describe('the policy', () => {
  it('is read anew when somebody says so', async () => {
    await using file = await aPolicyFile({ tool_permissions: { tool: ['ann'] } });
    const feed = createMemoryConfigFeed();
    let reloads = 0;
    const onReload = () => {
      reloads += 1;
    };
    await using watch = await watchPolicy({ ...file, feed, logger, checkMs: never, onReload });
    expect(allowed(watch)).toEqual([true, false]);
    await file.write({ tool_permissions: { tool: ['ben'] } });
    feed.announce();
    await untilFound(() => (reloads > 0 ? true : null));
    expect([...allowed(watch), watch.problem()]).toEqual([false, true, null]);
  });

  it('is read anew although nobody says so', async () => {
    await using file = await aPolicyFile({});
    const feed = createMemoryConfigFeed();
    await using watch = await watchPolicy({ ...file, feed, logger, checkMs: 5 });
    await file.write({ tool_permissions: { tool: [] } });
    await untilFound(() => (watch.current().isAllowed('tool', 'ann') ? null : true));
  });

  it('is as new as its file', async () => {
    await using file = await aPolicyFile({});
    const at = new Date('2026-11-21T10:00:00Z');
    await utimes(file.path, at, at);
    const feed = createMemoryConfigFeed();
    await using watch = await watchPolicy({ ...file, feed, logger, checkMs: never });
    expect(watch.writtenAt()).toEqual(at);
    const later = new Date('2026-11-21T11:00:00Z');
    await utimes(file.path, later, later);
    await watch.reload();
    expect(watch.writtenAt()).toEqual(later);
  });

  it('lets everybody do everything where there is none', async () => {
    const feed = createMemoryConfigFeed();
    await using watch = await watchPolicy({ path: null, feed, logger });
    await watch.reload();
    expect([...allowed(watch), watch.problem()]).toEqual([true, true, null]);
  });
});

describe('a bad policy', () => {
  it.each(['{', '[]', '{"tool_permissions":{"tool":"ann"}}', ''])(
    'keeps the former one in force, and is told until it is mended: %s',
    async (bad) => {
      await using file = await aPolicyFile({ tool_permissions: { tool: ['ann'] } });
      const feed = createMemoryConfigFeed();
      await using watch = await watchPolicy({ ...file, feed, logger, checkMs: never });
      await file.write(bad);
      await watch.reload();
      expect(allowed(watch)).toEqual([true, false]);
      expect(watch.problem()).toMatch(/^The worker's policy/);
      await file.write({ tool_permissions: { tool: ['ben'] } });
      await watch.reload();
      expect([...allowed(watch), watch.problem()]).toEqual([false, true, null]);
    },
  );

  it('is one that is gone', async () => {
    await using file = await aPolicyFile({ tool_permissions: { tool: ['ann'] } });
    const feed = createMemoryConfigFeed();
    await using watch = await watchPolicy({ ...file, feed, logger, checkMs: never });
    await rm(file.path);
    await watch.reload();
    expect(allowed(watch)).toEqual([true, false]);
    expect(watch.problem()).toContain(file.path);
    await writeFile(file.path, '{}');
    await watch.reload();
    expect(watch.problem()).toBeNull();
  });

  it.each([['{'], ['{"tools":{}}']])('stops the start: %s', async (bad) => {
    await using file = await aPolicyFile(bad);
    const feed = createMemoryConfigFeed();
    await expect(watchPolicy({ ...file, feed, logger })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });
});

function allowed(watch: Awaited<ReturnType<typeof watchPolicy>>): boolean[] {
  return ['ann', 'ben'].map((user) => watch.current().isAllowed('tool', user));
}
