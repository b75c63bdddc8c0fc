import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { isSecretName } from '../../src/calls/redact-names.js';
import { query } from '../../src/storage/sql.js';
import { auditText, truncate } from '../../src/transports/worker/redact-arguments.js';
import { expectAccounted } from './invariants.js';
import { missingServer, titled } from './needs.js';
import { openScene } from './open-scene.js';
import { aPolicyFile, type PolicyFile } from './policy-file.js';
import { fault, statement } from './prove.js';
import type { Scene } from './scene.js';
import type { Answer, Ask } from './wire-caller.js';
import type { LogLine, WorkerProcess } from './worker-process.js';

const canary = 'canary-9f2c71';

describe('what the audit hides', () => {
  statement(32, () => {
    const args = {
      ...{ password: canary, note: 'kept', nested: { headers: { Authorization: canary } } },
      list: [{ api_key: canary }, { name: 'X-Api-Key', value: canary }],
      url: `https://user:${canary}@example.com/?token=${canary}`,
    };
    const text = auditText(args);
    expect(text).not.toContain(canary);
    expect(text).toContain('kept');
  });

  statement(33, () => {
    expect(auditText({ value: 'secret:billing' })).toContain('secret:billing');
    expect(auditText('plain')).toBe('"plain"');
  });

  statement(34, () => {
    expect(auditText({ a: 'wörd 語 😀', b: [1, null] })).toBe('{"a":"wörd 語 😀","b":[1,null]}');
    expect(auditText({ big: 5n })).toBe('{"big":"5"}');
  });

  statement(35, () => {
    for (const [length, left] of [
      [1999, 0],
      [2000, 0],
      [2001, 1],
      [5000, 3000],
    ] as const) {
      const text = truncate('語'.repeat(length));
      expect(text.endsWith(left ? `…[+${left} chars]` : '語')).toBe(true);
      expect(text.startsWith('語'.repeat(Math.min(length, 2000)))).toBe(true);
    }
    expect(auditText({ password: canary.repeat(500) })).not.toContain('chars');
  });

  statement(36, () => {
    const secret = [
      ...['password', 'api-key', 'apiKey', 'x-api-key', 'privateKey', 'Cookie', 'Authorization'],
      ...['access_token', 'client_secret', 'credentials', 'auth'],
    ];
    for (const name of secret) expect(isSecretName(name), name).toBe(true);
    const harmless = ['passage', 'compass', 'author', 'authority', 'max_tokens', 'tokenizer'];
    for (const name of [...harmless, 'secretary']) expect(isSecretName(name), name).toBe(false);
  });

  fault(68, () => {
    for (const [text, expected] of [
      [`${'a'.repeat(1998)}😀`, `${'a'.repeat(1998)}😀`],
      [`${'a'.repeat(1999)}😀`, `${'a'.repeat(1999)}😀`],
      [`${'a'.repeat(1999)}😀b`, `${'a'.repeat(1999)}😀…[+1 chars]`],
      [`${'a'.repeat(2000)}😀`, `${'a'.repeat(2000)}…[+1 chars]`],
    ] as const) {
      expect(truncate(text)).toBe(expected);
      expect(truncate(text).isWellFormed()).toBe(true);
    }
  });
});

describe.skipIf(missingServer)(titled('what the audit tells', missingServer), () => {
  let scene: Scene;
  let worker: WorkerProcess;
  let policy: PolicyFile;
  let serial = 0;

  beforeAll(async () => {
    policy = await aPolicyFile({ privileged_tools: ['broken', 'unwilling', 'held'] });
    scene = await openScene();
    worker = await scene.startWorker({ env: { WORKER_CONFIG: policy.path } });
    await scene.caller.writeSession(scene.caller.trace, {
      ...scene.caller.record,
      ...{ guild_id: 'guild', channel_id: 'lobby', platform: 'matrix' },
    });
  }, 120_000);
  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
    await policy?.[Symbol.asyncDispose]();
  });

  const nextKey = () => `audit-${++serial}`;
  const send = async (ask: Ask): Promise<Answer> =>
    scene.caller.answerTo(await scene.caller.ask(ask));
  /** Lines of the log about calls since it had so many, once there are as many as are expected. */
  async function linesAfter(from: number, count: number): Promise<LogLine[]> {
    return vi.waitFor(
      () => {
        const lines = worker
          .log()
          .slice(from)
          .filter(({ msg }) => /call/.test(msg));
        expect(lines.length).toBeGreaterThanOrEqual(count);
        return lines;
      },
      { timeout: 5000 },
    );
  }
  async function rowsOf(text: string, count: number) {
    return vi.waitFor(
      async () => {
        const rows = await scene.audit(text);
        expect(rows.length).toBeGreaterThanOrEqual(count);
        return rows;
      },
      { timeout: 5000 },
    );
  }

  statement(29, async () => {
    const from = worker.log().length;
    const id = nextKey();
    await send({ tool: 'make', args: { key: id }, correlationId: id });
    const [start, done] = await linesAfter(from, 2);
    expect(start?.msg).toContain('starts');
    expect(done?.msg).toContain('done');
    const isOver = ({ kind }: Record<string, unknown>) => kind === 'outcome';
    const rows = await vi.waitFor(
      async () => {
        const found = await scene.audit(id);
        expect(found.some(isOver)).toBe(true);
        return found;
      },
      { timeout: 5000 },
    );
    for (const row of rows) {
      expect(row).toMatchObject({ tenant_id: 'acme', agent_id: 'atlas', subject: 'mia' });
    }
    expect(rows.filter((row) => row.arguments !== null)).toHaveLength(1);
    const refused = nextKey();
    await send({ tool: 'make', correlationId: refused, trace: 'nobody' });
    const stale = nextKey();
    await send({ tool: 'make', args: { key: 'x' }, correlationId: stale, hash: 'old' });
    for (const one of [refused, stale]) {
      expect(await rowsOf(one, 1)).toMatchObject([{ kind: 'rejection' }]);
    }
    await expect(
      query(scene.fork(), `update tool_audit set tool_name = 'other' where kind = 'outcome'`),
    ).rejects.toThrow('append-only');
  });

  statement(30, async () => {
    const from = worker.log().length;
    await send({ tool: 'broken', args: { key: nextKey(), password: canary } });
    await send({ tool: 'make', args: { key: nextKey(), password: canary } });
    const starts = (await linesAfter(from, 4)).filter(({ msg }) => msg.includes('starts'));
    const [privileged, other] = starts;
    expect(privileged).toMatchObject({
      ...{ level: 40, tool: 'broken', user: 'mia', channel: 'lobby', platform: 'matrix' },
      arguments: expect.stringContaining('key'),
    });
    expect(other).toMatchObject({ level: 30, tool: 'make', user: 'mia', channel: 'lobby' });
    expect(other).not.toHaveProperty('arguments');
  });

  statement(31, async () => {
    const from = worker.log().length;
    await send({ tool: 'make', args: { key: nextKey() } });
    await send({ tool: 'guarded', args: { key: nextKey() } });
    const done = (await linesAfter(from, 4)).filter(({ msg }) => msg.includes('done'));
    expect(done[0]).toMatchObject({
      level: 30,
      tool: 'make',
      outcome: 'ok',
      ms: expect.any(Number),
    });
    expect(done[0]).not.toHaveProperty('detail');
    expect(Number.isInteger(done[0]?.ms)).toBe(true);
    expect(done[1]).toMatchObject({
      ...{ level: 40, tool: 'guarded', user: 'mia', outcome: 'denied' },
      detail: expect.any(String),
    });
  });

  fault(67, async () => {
    const id = nextKey();
    const secret = {
      ...{ key: id, password: canary, headers: { Authorization: `Bearer ${canary}` } },
    };
    await send({ tool: 'broken', args: secret, correlationId: id });
    await send({ tool: 'make', args: { ...secret, key: 5 } });
    await send({ tool: 'no-such-tool', args: secret });
    const rejected = await send({ tool: 'make', args: secret, trace: canary });
    expect(JSON.stringify(rejected)).not.toContain(canary);
    await send({ tool: 'make', more: { tool_args: [canary], deadline_at: canary } });
    await rowsOf(id, 2);
    await expectAccounted(scene);
    const errors = (await scene.caller.deadLetters()).map(({ error }) => error);
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toContain(canary);
    expect(JSON.stringify(worker.log())).not.toContain(canary);
    expect(JSON.stringify(await scene.audit(''))).not.toContain(canary);
    const { nodes } = await scene.catalogOf('acme').calls('first: 20');
    expect(JSON.stringify(nodes)).not.toContain(canary);
    const metrics = await (await fetch(`${worker.health}/metrics`)).text();
    expect(metrics).not.toContain(canary);
  });

  fault(69, async () => {
    const name = 'make\n{"level":50,"msg":"forged"}\u001b[31m';
    const from = worker.log().length;
    const answer = await send({ tool: name, args: { key: nextKey() } });
    expect(answer.outcome === 'failed' || answer.error !== undefined).toBe(true);
    const lines = await linesAfter(from, 1);
    expect(lines.filter(({ msg }) => msg === 'forged')).toEqual([]);
    expect(JSON.stringify(lines)).toContain('forged');
  });

  fault(70, async () => {
    const rename = (from: string, to: string) =>
      query(scene.fork(), `alter table ${from} rename to ${to}`);
    const key = nextKey();
    await rename('tool_audit', 'tool_audit_away');
    const privileged = await send({ tool: 'unwilling', args: { key } });
    expect(privileged).toMatchObject({ code: 'AUDIT_UNAVAILABLE', error: expect.any(String) });
    expect(scene.oracle.count(key)).toBe(0);
    const other = nextKey();
    expect((await send({ tool: 'make', args: { key: other } })).outcome).toBe('ok');
    await rename('tool_audit_away', 'tool_audit');
    expect((await send({ tool: 'unwilling', args: { key } })).outcome).toBe('ok');
    await rowsOf(other, 0);
    await expectAccounted(scene);
  });
});
