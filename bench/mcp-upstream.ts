import { Server } from '@modelcontextprotocol/server';
import { serveSdkServers } from './mcp-sdk-server.js';
import { benchTools, itemText } from './mcp-tools.js';

/** What this process says once: where it listens. It ends when it is told to. */
export type McpUpstreamAnswer = { url: string };

/** A server of the SDK that lists 100 tools and answers each call at once. */
function build(): Server {
  const server = new Server({ name: 'shop', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({ tools: benchTools }));
  server.setRequestHandler('tools/call', () => ({ content: [{ type: 'text', text: itemText }] }));
  return server;
}

process.on('message', () => process.exit(0));
process.send?.({ url: await serveSdkServers(build) } satisfies McpUpstreamAnswer);
