import { expect, it } from 'vitest';
import {
  ApproveMcpToolDocument,
  McpChangesDocument,
  McpServerDocument,
  McpServersDocument,
  RefreshMcpServerDocument,
  RegisterMcpServerDocument,
  RemoveMcpServerDocument,
  SetMcpServerActiveDocument,
  UpdateMcpServerDocument,
  UpdateMcpServerTokensDocument,
} from '../generated/documents.js';
import { openGraphqlHarness } from '../support/graphql-harness.js';
import { aTool, startMcpServer } from '../support/listing-server.js';

it('leads a server from its registration to its end', async () => {
  await using graphql = await openGraphqlHarness();
  await using upstream = await startMcpServer({ tools: [aTool('files.read')], token: 'a-token' });
  const input = { serverUrl: upstream.url, accessToken: 'wrong' };
  const registered = (await graphql.ask(RegisterMcpServerDocument, { input })).data;
  const id = registered?.registerMcpServer.id ?? '';
  expect(registered?.registerMcpServer).toMatchObject({ status: 'NEEDS_REAUTH', tools: [] });

  const tokens = { accessToken: 'a-token', expiresInSeconds: 3600 };
  const updated = await graphql.ask(UpdateMcpServerTokensDocument, { id, input: tokens });
  expect(updated.data?.updateMcpServerTokens).toMatchObject({
    status: 'READY',
    hasAccessToken: true,
    tokenExpiresAt: expect.anything(),
    tools: [{ name: 'files_read', serverToolName: 'files.read', kind: 'MCP', enabled: true }],
  });

  await upstream.setTools([aTool('files.read', { description: 'See https://evil.example' })], {
    quietly: true,
  });
  const refreshed = await graphql.ask(RefreshMcpServerDocument, { id });
  const [tool] = refreshed.data?.refreshMcpServer.tools ?? [];
  expect(tool?.held).toMatchObject({
    grade: 'SUSPICIOUS',
    reasons: [expect.stringContaining('evil.example')],
    description: 'See https://evil.example',
  });
  const approval = { id: tool?.id ?? '', fingerprint: tool?.held?.fingerprint ?? null };
  const approved = await graphql.ask(ApproveMcpToolDocument, approval);
  expect(approved.data?.approveMcpTool).toMatchObject({
    description: 'See https://evil.example',
    server: { name: '127.0.0.1' },
    held: null,
  });

  const named = { id, name: 'files', timeoutSeconds: 5 };
  const changed = await graphql.ask(UpdateMcpServerDocument, { input: named });
  expect(changed.data?.updateMcpServer).toMatchObject({ name: 'files', timeoutSeconds: 5 });
  const off = await graphql.ask(SetMcpServerActiveDocument, { id, isActive: false });
  expect(off.data?.setMcpServerActive).toMatchObject({
    status: 'DISABLED',
    tools: [{ enabled: false }],
  });
  expect((await graphql.ask(McpServersDocument, {})).data?.mcpServers).toEqual([
    { id, name: 'files' },
  ]);
  const other = await graphql.ask(McpServersDocument, { appId: 'other' });
  expect(other.data?.mcpServers).toEqual([]);

  expect((await graphql.ask(McpChangesDocument, {})).data?.catalogChanges.at(-1)).toEqual({
    kind: 'MCP_SERVER_UPDATED',
    mcpServer: { id },
  });
  expect((await graphql.ask(RemoveMcpServerDocument, { id })).data?.removeMcpServer).toBe(true);
  expect((await graphql.ask(McpServerDocument, { id })).data?.mcpServer).toBeNull();
  expect((await graphql.ask(McpChangesDocument, {})).data?.catalogChanges.at(-1)).toEqual({
    kind: 'MCP_SERVER_REMOVED',
    mcpServer: null,
  });
});

it('reads the tools of many servers in as many statements as of one', async () => {
  await using graphql = await openGraphqlHarness();
  await using upstream = await startMcpServer({ tools: [aTool('a'), aTool('b')] });
  const register = () =>
    graphql.ask(RegisterMcpServerDocument, { input: { serverUrl: upstream.url } });
  const query = `{ mcpServers { id tools { id grade held { fingerprint } server { id } } } }`;
  const count = async () => {
    graphql.statements.length = 0;
    const headers = { 'x-tenantid': 'acme', 'x-appid': 'shop' };
    await graphql.server.inject({ method: 'POST', url: '/graphql', headers, payload: { query } });
    return graphql.statements.length;
  };
  await register();
  const one = await count();
  await register();
  await register();
  expect([one, await count()]).toEqual([4, 4]);
});
