import { afterAll, describe, expect, it } from 'vitest';
import { exportFormats } from '../../src/agents/export/export-formats.js';
import { AssignToolsDocument, ExportToolsDocument } from '../generated/documents.js';
import { aDocument } from '../support/documents.js';
import { openGraphqlHarness } from '../support/graphql-harness.js';
import { seedCatalog } from '../support/seed-catalog.js';
import { seedMcpTools } from '../support/seed-mcp-tools.js';
import { validators } from '../support/validate-export.js';
import { openRestApp, syncedApi } from '../transports/rest-app.js';

const graphql = await openGraphqlHarness();
const rest = await openRestApp();
afterAll(() => Promise.all([graphql[Symbol.asyncDispose](), rest[Symbol.asyncDispose]()]));

type Definition = Record<string, unknown>;

const exportOf = async (tenant: string, format: (typeof exportFormats)[number]) => {
  const variables = { agentId: 'atlas', format };
  const { data } = await graphql.ask(ExportToolsDocument, variables, { tenant });
  const exported = data?.agent.exportTools;
  if (!exported) throw new Error('Nothing was exported.');
  return { ...exported, tools: exported.tools as Definition[] };
};

describe('agent { exportTools }', () => {
  it.each(exportFormats)('has endpoints and MCP tools of one revision: %s', async (format) => {
    const tenant = `formats-${format}`;
    await seedCatalog(graphql.fork(), { tenant, agents: ['atlas'] });
    await seedMcpTools(graphql.fork(), { tenant, agents: ['atlas'] });

    const { tools, toolCount, notes, leftOut } = await exportOf(tenant, format);
    const [wrapped] = tools;
    const declared = format === 'GEMINI' ? (wrapped?.functionDeclarations as Definition[]) : tools;
    const names = declared.map((tool) => ((tool.function as Definition) ?? tool).name);
    expect(names.sort()).toEqual(['get_01', 'search']);
    expect(declared.flatMap((tool) => validators[format]?.(tool))).toEqual([]);
    expect([toolCount, notes, leftOut]).toEqual([2, [], []]);
  });

  it('tells what is beyond the number that a provider takes', async () => {
    const tenant = 'many';
    const { endpointIds } = await seedCatalog(graphql.fork(), {
      ...{ tenant, apis: 5, endpointsPerApi: 90 },
    });
    await graphql.ask(AssignToolsDocument, { agentId: 'atlas', endpointIds }, { tenant });

    const { tools, leftOut } = await exportOf(tenant, 'OPENAI_CHAT');
    expect([tools.length, leftOut.length]).toEqual([128, 322]);
    expect(leftOut[0]).toEqual({
      tool: expect.stringContaining('get_39_'),
      reason: 'OpenAI takes at most 128 tools.',
    });
    expect((await exportOf(tenant, 'ANTHROPIC')).toolCount).toBe(450);
  });

  it('is of the newest revision once tools change, and empty for an agent without any', async () => {
    const tenant = 'changing';
    const { endpointIds } = await seedCatalog(graphql.fork(), { tenant });
    const before = await exportOf(tenant, 'GEMINI');
    await graphql.ask(AssignToolsDocument, { agentId: 'atlas', endpointIds }, { tenant });

    expect([before.tools, before.toolCount]).toEqual([[], 0]);
    const after = await exportOf(tenant, 'GEMINI');
    expect(after.toolCount).toBe(2);
    expect(Number(after.revision)).toBe(Number(before.revision) + 1);
  });
});

describe('GET /tools/agents/{agent_id}/export', () => {
  it('answers in the format that is asked for', async () => {
    const ask = rest.caller();
    const { endpointIds } = await syncedApi(ask, aDocument([{ id: 'listPets', path: '/pets' }]));
    const url = '/tools/agents/atlas/tools';
    await ask({ method: 'POST', url, payload: { endpoint_ids: endpointIds } });

    const answer = await ask({ url: '/tools/agents/atlas/export?format=openai-responses' });
    expect(answer.json()).toMatchObject({
      agent_id: 'atlas',
      format: 'openai_responses',
      tool_count: 1,
      tools: [{ type: 'function', name: 'listPets', strict: false }],
    });
  });

  it.each(['', '?format=', '?format=cobol'])(
    'says which formats there are: "%s"',
    async (query) => {
      const answer = await rest.caller()({ url: `/tools/agents/atlas/export${query}` });

      expect(answer.statusCode).toBe(422);
      expect(answer.json().detail[0]).toMatchObject({
        loc: ['query', 'format'],
        msg: expect.stringContaining('OPENAI_CHAT'),
      });
    },
  );
});
