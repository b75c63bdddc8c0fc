import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { AppError } from '../../src/errors.js';
import { toTarget } from '../../src/mcp-servers/mcp-server-target.js';

const caller = { 'x-tenantid': 'conformance', 'x-appid': 'suite' };
const maxAuthorizations = 3;

type SuiteContext = {
  client_id?: string;
  client_secret?: string;
  private_key_pem?: string;
};

/**
 * The client that the suite's client scenarios start, with the URL of their MCP server: it is registered here, authorized
 * where it asks for that, listed, and its tools are called.
 */
async function main(url: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-conformance-'));
  stack.defer(() => rm(dir, { recursive: true }));
  const config = loadConfig({
    DATA_DIR: dir,
    LOG_LEVEL: 'ERROR',
    EGRESS_ALLOW: '127.0.0.1,localhost',
    MCP_PUBLIC_URL: 'https://toolgraph.example.com',
    MCP_REFRESH_SECONDS: '0',
  });
  const app = stack.use(await createApp(config));
  const { mcp } = app.ports;

  async function ask(path: string, payload: object): Promise<Record<string, unknown>> {
    const answer = await app.server.inject({
      ...{ method: 'POST', url: path, headers: caller, payload },
    });
    if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.body}`);
    return answer.json();
  }

  async function authorize(id: string): Promise<void> {
    const query = `mutation ($id: ID!) { beginMcpAuthorization(id: $id) { url } }`;
    const { data, errors } = (await ask('/graphql', { query, variables: { id } })) as {
      data: { beginMcpAuthorization: { url: string } } | null;
      errors?: { message: string }[];
    };
    if (!data) throw new Error(errors?.[0]?.message);
    const approved = await fetch(data.beginMcpAuthorization.url, { redirect: 'manual' });
    const back = new URL(approved.headers.get('location') ?? '');
    const page = await app.server.inject({ url: `${back.pathname}${back.search}` });
    if (page.statusCode !== 200) throw new Error(page.body);
  }

  const context: SuiteContext = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
  const secret = context.client_secret ?? context.private_key_pem;
  const { id } = await ask('/tools/mcp-servers', {
    name: 'suite',
    server_url: url,
    ...(context.client_id !== undefined && { client_id: context.client_id }),
    ...(secret !== undefined && { client_secret: secret }),
  });
  const server = { id: String(id), tenantId: caller['x-tenantid'], serverUrl: url };
  const target = toTarget({ ...server, transport: null, timeoutSeconds: 20 }, mcp.tokens);

  let authorizations = 0;
  async function withPerson<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isAsked = error instanceof AppError && error.details.needsAuthorization === true;
        if (!isAsked || authorizations === maxAuthorizations) throw error;
        authorizations += 1;
        await authorize(server.id);
      }
    }
  }

  const { tools } = await withPerson(() => mcp.sessions.listTools(target));
  for (const { name, inputSchema } of tools) {
    const call = {
      name,
      arguments: argumentsFor(inputSchema),
      maxBytes: 1_000_000,
      timeoutMs: 20_000,
    };
    await withPerson(() => mcp.sessions.callTool(target, call));
  }
}

/** Numbers are the one thing that the suite's tools take. */
function argumentsFor({ properties = {} }: { properties?: unknown }): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(Object(properties)).map((name, index) => [name, index + 2]),
  );
}

await main(process.argv.at(-1) ?? '');
process.exit(0);
