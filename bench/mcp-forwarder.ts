import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Server } from '@modelcontextprotocol/server';
import { serveSdkServers } from './mcp-sdk-server.js';
import type { McpUpstreamAnswer } from './mcp-upstream.js';
import { childArgument } from './run-child.js';

/**
 * The least that an MCP server in front of another can be when it is built with the SDK: a server that hands each call
 * to a client, over one session. It knows no tenant, no schema, no credential and no record.
 */
async function main(): Promise<void> {
  const { upstream } = childArgument<{ upstream: string }>();
  const client = new Client({ name: 'forwarder', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(upstream)));
  const url = await serveSdkServers(() => {
    const server = new Server({ name: 'forwarder', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/call', ({ params }) => client.callTool(params));
    return server;
  });
  process.on('message', () => process.exit(0));
  process.send?.({ url } satisfies McpUpstreamAnswer);
}

await main();
