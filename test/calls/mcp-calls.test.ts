import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import { query } from '../../src/storage/sql.js';
import type { McpLogMessage, McpProgress } from '../../src/upstream/mcp/mcp-sessions.js';
import { aTool } from '../support/mcp-server.js';
import { aTestApp } from '../support/test-app.js';
import { startUpstream } from '../support/upstream.js';
import { aCaller, aThingsDocument, made } from './callers.js';
import { aMcpScene, callAs, mcpEnv } from './mcp-scene.js';

let app: App;
/** Another replica: the same database, nothing else in common. */
let other: App;

beforeAll(async () => {
  const env = { ...mcpEnv, CALL_MAX_BYTES: '20000' };
  app = await aTestApp({ env });
  other = await aTestApp({ env, ports: { storage: app.ports.storage, sealer: app.ports.sealer } });
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const text = (said: string) => ({ type: 'text', text: said });
const number = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
const serving = (tools: unknown[]) => () => ({ tools });

describe('the answer of an MCP tool', () => {
  it('comes as its server sent it: images, audio, resources, links and what nobody knows yet', async () => {
    const content = [
      { ...text('hello'), annotations: { audience: ['user'], priority: 0.5 } },
      { type: 'image', data: 'aGVsbG8=', mimeType: 'image/png' },
      { type: 'audio', data: 'aGVsbG8=', mimeType: 'audio/wav' },
      { type: 'resource', resource: { uri: 'test://1', mimeType: 'text/plain', text: 'inside' } },
      { type: 'resource_link', uri: 'test://2', name: 'two' },
    ];
    await using scene = await aMcpScene(app, {
      list: serving([aTool('mixed', { outputSchema: number })]),
      call: () => ({ content, structuredContent: { n: 3 }, _meta: { 'test/trace': 'x' } }),
    });
    const answer = made(await scene.caller.call('mixed'));
    expect(answer).toMatchObject({ outcome: 'OK', status: null, error: null });
    expect(answer.result).toEqual({
      ...{ content, structuredContent: { n: 3 }, isError: false },
      _meta: { 'test/trace': 'x' },
    });
  });

  it('is FAILED with `isError`, and keeps its content', async () => {
    const content = [text('The disk is full.')];
    await using scene = await aMcpScene(app, { call: () => ({ content, isError: true }) });
    expect(made(await scene.caller.call('echo'))).toMatchObject({
      outcome: 'FAILED',
      result: { content, isError: true },
      error: { code: 'UPSTREAM_FAILED', message: expect.stringContaining('The disk is full.') },
    });
  });

  it.each([
    ['does not fit', { n: 'three' }, '/n must be an integer'],
    ['is missing', undefined, 'no structured content'],
  ])(
    'is FAILED and kept where what the output schema promises %s',
    async (_how, structuredContent, said) => {
      const content = [text('3')];
      await using scene = await aMcpScene(app, {
        list: serving([aTool('count', { outputSchema: number })]),
        call: () => ({ content, structuredContent }),
      });
      const answer = made(await scene.caller.call('count'));
      expect(answer).toMatchObject({ outcome: 'FAILED', result: { content } });
      expect(answer.error?.message).toContain(said);
      expect(answer.error?.message).toContain('The tool ran');
    },
  );

  it('is cut where it is larger than the limit, and says so', async () => {
    const long = 'ü'.repeat(15_000);
    await using scene = await aMcpScene(app, {
      call: () => ({ content: [text('first'), text(long), text('last')] }),
    });
    const { outcome, result } = made(await scene.caller.call('echo'));
    expect(outcome).toBe('OK');
    expect(result).toMatchObject({
      truncated: true,
      note: expect.stringContaining('The answer had'),
    });
    const { content } = result as { content: { text: string }[] };
    expect(content[0]?.text).toBe('first');
    expect(content[1]?.text).toMatch(/^ü+$/);
    expect(content.at(-1)?.text).toContain('ask for less');
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(21_000);
    expect(content).toHaveLength(3);
  });

  it('does not show the token that the server was sent', async () => {
    const token = 'very-secret-token';
    await using scene = await aMcpScene(
      app,
      {
        call: (_call, { http }) => ({
          content: [text(`you sent ${http?.req?.headers.get('authorization')}`)],
          isError: true,
        }),
      },
      { accessToken: token },
    );
    const answer = made(await scene.caller.call('echo', { text: token }));
    expect(scene.server.seen.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
    expect(JSON.stringify(answer)).toContain('[redacted]');
    expect(JSON.stringify([answer, await scene.caller.calls()])).not.toContain(token);
  });
});

describe('a call of an MCP tool', () => {
  it('is refused for arguments that do not fit, and nothing is sent', async () => {
    await using scene = await aMcpScene(app, {
      list: serving([aTool('count', { inputSchema: number })]),
    });
    const refused = await scene.caller.call('count', { n: 'three' });
    expect(refused).toEqual({
      status: 422,
      refused: expect.stringContaining('/n must be an integer'),
    });
    expect(await scene.caller.call('count')).toMatchObject({ status: 422 });
    expect(scene.server.count('tools/call')).toBe(0);
    expect((await scene.caller.calls()).totalCount).toBe(0);
  });

  it('is sent under the name and with the arguments that its server knows', async () => {
    await using scene = await aMcpScene(app, { list: serving([aTool('files.read all')]) });
    made(await scene.caller.call('files_read_all', { text: 'ä' }));
    expect(scene.server.seen.at(-1)?.message?.params).toMatchObject({
      name: 'files.read all',
      arguments: { text: 'ä' },
    });
  });

  it('is recorded with its server, its tool and what was sent', async () => {
    await using scene = await aMcpScene(app);
    const answer = made(await scene.caller.call('echo', { text: 'x', password: 'hunter2' }));
    const { data } = await scene.caller.ask(
      `{ calls { nodes { id toolName method apiId mcpServerId mcpServer { id name } endpointId outcome status attempts arguments
         request { method url body } } } agent(id: "atlas") { tools { nodes { id } } } }`,
    );
    const [record] = data.calls.nodes;
    expect(record).toMatchObject({
      ...{ id: answer.callId, toolName: 'echo', method: 'tools/call', outcome: 'OK', status: null },
      ...{ apiId: null, mcpServerId: scene.serverId, attempts: 1 },
      mcpServer: { id: scene.serverId, name: 'files' },
      endpointId: data.agent.tools.nodes[0].id,
      arguments: { text: 'x', password: '[redacted]' },
      request: { method: 'POST', url: scene.server.url },
    });
    expect(JSON.parse(record.request.body)).toMatchObject({
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'x', password: '[redacted]' } },
    });
    for (const filter of [
      'toolName: "echo"',
      `endpointId: "${record.endpointId}"`,
      'outcome: OK',
      'agentId: "atlas"',
    ]) {
      expect([filter, (await scene.caller.calls(filter)).totalCount]).toEqual([filter, 1]);
    }
    expect((await scene.caller.calls('outcome: FAILED')).totalCount).toBe(0);
  });

  it('passes on progress and log messages in their order', async () => {
    await using scene = await aMcpScene(app, {
      call: async (_call, { mcpReq }) => {
        const progressToken = mcpReq._meta?.progressToken ?? '';
        for (const progress of [1, 2]) {
          await mcpReq.notify({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 2, message: `step ${progress}` },
          });
        }
        await mcpReq.notify({
          method: 'notifications/message',
          params: { level: 'info', logger: 'test', data: 'working' },
        });
        return { content: [text('done')] };
      },
    });
    const told: McpProgress[] = [];
    const logged: McpLogMessage[] = [];
    const answer = await callAs(
      app,
      scene.tenant,
      { name: 'echo' },
      {
        onProgress: (progress) => {
          told.push(progress);
          throw new Error('a listener of no use');
        },
        onLog: (message) => logged.push(message),
      },
    );
    expect(answer.outcome).toBe('OK');
    expect(told).toEqual([
      { progress: 1, total: 2, message: 'step 1' },
      { progress: 2, total: 2, message: 'step 2' },
    ]);
    expect(logged).toEqual([{ level: 'info', logger: 'test', data: 'working' }]);
  });

  it('is cancelled at the server when its caller goes away', async () => {
    const begun = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    await using scene = await aMcpScene(app, {
      call: (_call, { mcpReq }) =>
        new Promise(() => {
          mcpReq.signal.addEventListener('abort', () => cancelled.resolve());
          begun.resolve();
        }),
    });
    const leaving = new AbortController();
    const call = callAs(app, scene.tenant, { name: 'echo' }, { signal: leaving.signal });
    await begun.promise;
    leaving.abort();
    expect(await call).toMatchObject({
      outcome: 'INDETERMINATE',
      error: { message: expect.stringContaining('The caller went away') },
    });
    await cancelled.promise;
    expect((await scene.caller.calls()).nodes).toMatchObject([{ outcome: 'INDETERMINATE' }]);
  });

  it('waits for no other agent: a server is asked over one session', async () => {
    await using scene = await aMcpScene(app);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => scene.caller.call('echo', { text: `${n}` })),
    );
    for (const [n, answer] of answers.entries()) {
      expect(JSON.stringify(made(answer).result)).toContain(`\\"text\\":\\"${n}\\"`);
    }
    expect(scene.server.count('tools/call')).toBe(30);
    expect(scene.server.count('initialize')).toBe(1);
    expect((await scene.caller.calls()).totalCount).toBe(30);
  });

  it('is made beside calls of endpoints, and each is recorded as what it is', async () => {
    await using upstream = await startUpstream();
    await using scene = await aMcpScene(app);
    const { caller } = scene;
    const { ids, apiId } = await caller.sync(aThingsDocument(upstream.origin));
    await caller.assign('atlas', Object.values(ids));
    made(await caller.call('echo', { text: 'x' }));
    made(await caller.call('getThing', { id: '1' }));
    const { data } = await caller.ask('{ calls { nodes { toolName apiId mcpServerId method } } }');
    expect(data.calls.nodes).toEqual([
      { toolName: 'getThing', apiId, mcpServerId: null, method: 'GET' },
      { toolName: 'echo', apiId: null, mcpServerId: scene.serverId, method: 'tools/call' },
    ]);
  });
});

describe('calls of an MCP tool with one idempotency key', () => {
  it('reach the server once, however many ask at once, of whichever process', async () => {
    const goOn = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    await using scene = await aMcpScene(app, {
      call: async () => {
        begun.resolve();
        await goOn.promise;
        return { content: [text('once')] };
      },
    });
    const replica = aCaller(other, scene.tenant);
    const asked = Array.from({ length: 6 }, (_, n) =>
      (n % 2 ? replica : scene.caller).call('echo', { text: 'x' }, { key: 'k' }),
    );
    await begun.promise;
    goOn.resolve();
    const answers = (await Promise.all(asked)).map(made);
    expect(scene.server.count('tools/call')).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ result }) => JSON.stringify(result))).size).toBe(1);
    expect(made(await replica.call('echo', { text: 'x' }, { key: 'k' })).replayed).toBe(true);
    expect(scene.server.count('tools/call')).toBe(1);
    expect((await scene.caller.calls()).totalCount).toBe(1);
  });

  it('are refused with other arguments', async () => {
    await using scene = await aMcpScene(app);
    made(await scene.caller.call('echo', { text: 'x' }, { key: 'k' }));
    expect(await scene.caller.call('echo', { text: 'y' }, { key: 'k' })).toMatchObject({
      status: 409,
    });
    expect(scene.server.count('tools/call')).toBe(1);
  });
});

describe('a call of an MCP tool whose process died', () => {
  it('is recorded once as INDETERMINATE, with its server, and answers its key so', async () => {
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    await using scene = await aMcpScene(app, {
      call: async () => {
        begun.resolve();
        await goOn.promise;
        return { content: [text('late')] };
      },
    });
    const lost = scene.caller.call('echo', { text: 'x' }, { key: 'k' });
    await begun.promise;
    await query(
      app.ports.storage.fork(),
      `update call_journal set lease_until = now() - interval '1 hour', owner = gen_random_uuid()
       where tenant_id = $1 and result is null`,
      [scene.tenant],
    );
    const replica = aCaller(other, scene.tenant);
    const answer = made(await replica.call('echo', { text: 'x' }, { key: 'k' }));
    expect(answer).toMatchObject({ outcome: 'INDETERMINATE', replayed: true });
    goOn.resolve();
    expect(made(await lost)).toMatchObject({ outcome: 'INDETERMINATE', result: null });
    const { data } = await scene.caller.ask('{ calls { nodes { id mcpServerId outcome } } }');
    expect(data.calls.nodes).toEqual([
      { id: answer.callId, mcpServerId: scene.serverId, outcome: 'INDETERMINATE' },
    ]);
    expect(scene.server.count('tools/call')).toBe(1);
  });
});
