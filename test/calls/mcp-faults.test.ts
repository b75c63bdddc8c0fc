import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app.js';
import type { CallOutcome } from '../../src/calls/call-types.js';
import { query } from '../../src/storage/sql.js';
import { aTool, type McpServerOptions, type SeenRequest } from '../support/mcp-server.js';
import { aTestApp } from '../support/test-app.js';
import { made } from './callers.js';
import { aMcpScene, type McpScene, mcpEnv } from './mcp-scene.js';

let app: App;

beforeAll(async () => {
  app = await aTestApp({ env: { ...mcpEnv, CALL_TIMEOUT_MS: '1200', CALL_MAX_BYTES: '10000' } });
});
afterAll(() => app[Symbol.asyncDispose]());

const isCall = ({ message }: SeenRequest) => message?.method === 'tools/call';
/** Does this instead of answering calls; everything else is answered as usual. */
const insteadOfCalls = (
  act: (seen: SeenRequest, response: ServerResponse) => void,
): McpServerOptions => ({
  intercept: (seen, response) => {
    if (!isCall(seen)) return false;
    act(seen, response);
    return true;
  },
});
const answering = (body: (id: unknown) => unknown, status = 200) =>
  insteadOfCalls(({ message }, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body(message?.id)));
  });
const resulting = (result: unknown) =>
  answering((id) => ({ jsonrpc: '2.0', id, result: result as object }));

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

type Fault = { name: string; options: McpServerOptions; unsafe: CallOutcome; safe: CallOutcome };

const faults: Fault[] = [
  {
    name: 'cuts the connection in mid-call',
    options: insteadOfCalls((_seen, response) => void response.destroy()),
    ...{ unsafe: 'INDETERMINATE', safe: 'FAILED' },
  },
  {
    name: 'cuts it in the middle of its answer',
    options: insteadOfCalls((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"jsonrpc":"2.0",', () => response.destroy());
    }),
    ...{ unsafe: 'INDETERMINATE', safe: 'FAILED' },
  },
  {
    name: 'takes the call and never answers',
    options: insteadOfCalls(() => {}),
    ...{ unsafe: 'INDETERMINATE', safe: 'TIMEOUT' },
  },
  {
    name: 'opens its stream and never says anything',
    options: insteadOfCalls((_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    }),
    ...{ unsafe: 'INDETERMINATE', safe: 'TIMEOUT' },
  },
  {
    name: 'answers with a status that is no answer',
    options: answering(() => ({ error: 'out of order' }), 500),
    ...{ unsafe: 'FAILED', safe: 'FAILED' },
  },
  {
    name: 'answers with an error of JSON-RPC',
    options: answering((id) => ({ jsonrpc: '2.0', id, error: { code: -32603, message: 'no' } })),
    ...{ unsafe: 'FAILED', safe: 'FAILED' },
  },
  {
    name: 'answers with content that is none',
    options: resulting({ content: 'text' }),
    ...{ unsafe: 'INDETERMINATE', safe: 'FAILED' },
  },
  {
    name: 'answers with something that is no JSON',
    options: insteadOfCalls((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>');
    }),
    ...{ unsafe: 'INDETERMINATE', safe: 'FAILED' },
  },
  {
    name: 'answers with far more than the limit',
    options: resulting({ content: [{ type: 'text', text: 'x'.repeat(1_000_000) }] }),
    ...{ unsafe: 'INDETERMINATE', safe: 'FAILED' },
  },
  {
    name: 'answers with what is nested too deeply',
    options: resulting({ content: [], structuredContent: { deep: nested(1000) } }),
    ...{ unsafe: 'FAILED', safe: 'FAILED' },
  },
];

const tools = {
  unsafe: aTool('unsafe'),
  safe: aTool('safe', { annotations: { readOnlyHint: true } }),
};
const list = () => ({ tools: Object.values(tools) });

async function leftovers({ tenant }: McpScene): Promise<number> {
  const rows = await query(
    app.ports.storage.fork(),
    'select id from call_journal where tenant_id = $1',
    [tenant],
  );
  return rows.length;
}

describe('an MCP server that', () => {
  const cases = faults.flatMap(({ name, options, ...outcomes }) =>
    (['unsafe', 'safe'] as const).map((tool) => [name, tool, outcomes[tool], options] as const),
  );

  it.each(cases)('%s makes one record of an %s tool: %s', async (_name, tool, outcome, options) => {
    await using scene = await aMcpScene(app, { list, ...options });
    const answer = made(await scene.caller.call(tool, { text: 'x' }));
    expect(answer).toMatchObject({ outcome, error: { code: expect.any(String) } });
    const { totalCount, nodes } = await scene.caller.calls();
    expect([totalCount, nodes[0]]).toMatchObject([1, { id: answer.callId, outcome }]);
    expect(await leftovers(scene)).toBe(0);
    if (tool === 'unsafe') expect(scene.server.count('tools/call')).toBe(1);
    const isLoose = outcome === 'INDETERMINATE';
    expect(answer.error?.message.includes('may have had its effect')).toBe(isLoose);
  });

  it.each([
    ['readOnlyHint', 'OK', 2],
    ['idempotentHint', 'OK', 2],
    ['openWorldHint', 'INDETERMINATE', 1],
  ])(
    'drops a connection once gets a tool with %s: %s after %d',
    async (hint, outcome, attempts) => {
      let calls = 0;
      await using scene = await aMcpScene(app, {
        list: () => ({ tools: [aTool('flaky', { annotations: { [hint]: true } })] }),
        intercept: (seen, response) => {
          if (!isCall(seen)) return false;
          calls += 1;
          if (calls > 1) return false;
          response.destroy();
          return true;
        },
      });
      expect(made(await scene.caller.call('flaky'))).toMatchObject({ outcome });
      expect((await scene.caller.calls()).nodes).toMatchObject([{ outcome, attempts }]);
      expect(calls).toBe(attempts);
    },
  );

  it('forgets its sessions is given a new one, and the call runs once', async () => {
    await using scene = await aMcpScene(app);
    made(await scene.caller.call('echo'));
    scene.server.forgetSessions();
    expect(made(await scene.caller.call('echo'))).toMatchObject({ outcome: 'OK' });
    expect(scene.server.count('initialize')).toBe(2);
    expect((await scene.caller.calls()).nodes).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
  });

  it('is gone fails a call of any tool, as nothing was sent', async () => {
    await using scene = await aMcpScene(app, { list });
    await scene.server[Symbol.asyncDispose]();
    for (const tool of ['unsafe', 'safe']) {
      const answer = made(await scene.caller.call(tool));
      expect(answer).toMatchObject({ outcome: 'FAILED', error: { code: 'UPSTREAM_FAILED' } });
    }
    expect((await scene.caller.calls()).totalCount).toBe(2);
  });

  it('has a shorter timeout than calls have is given no longer', async () => {
    await using slow = await aTestApp({ env: { ...mcpEnv, CALL_TIMEOUT_MS: '60000' } });
    await using scene = await aMcpScene(
      slow,
      { list, ...insteadOfCalls(() => {}) },
      { timeoutSeconds: 1 },
    );
    expect(made(await scene.caller.call('safe'))).toMatchObject({ outcome: 'TIMEOUT' });
  });

  it('takes the token no more is a matter for a person: nothing ran, nothing is recorded', async () => {
    let isRevoked = false;
    await using scene = await aMcpScene(
      app,
      {
        intercept: (_seen, response) => {
          if (!isRevoked) return false;
          response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
          return true;
        },
      },
      { accessToken: 'a-token-of-old' },
    );
    made(await scene.caller.call('echo'));
    isRevoked = true;
    const refused = await scene.caller.call('echo');
    expect(refused).toMatchObject({ status: 503 });
    expect(JSON.stringify(refused)).not.toContain('a-token-of-old');
    expect((await scene.caller.calls()).totalCount).toBe(1);
    expect(await leftovers(scene)).toBe(0);
  });
});
