import { FastMCP } from 'fastmcp';
import { z } from 'zod';
import { freePort } from './free-port.js';

/** A server built with `fastmcp`, another library than the official one, over Streamable HTTP. */
export async function startFastMcpServer({
  stateless = false,
}: {
  stateless?: boolean;
} = {}): Promise<AsyncDisposable & { url: string }> {
  const server = new FastMCP({ name: 'fast', version: '1.0.0' });
  server.addTool({
    name: 'add',
    description: 'Adds two numbers.',
    parameters: z.object({ a: z.number(), b: z.number() }),
    annotations: { readOnlyHint: true },
    execute: async ({ a, b }, { reportProgress }) => {
      await reportProgress({ progress: 1, total: 1 });
      return String(a + b);
    },
  });
  const port = await freePort();
  await server.start({
    transportType: 'httpStream',
    httpStream: { port, host: '127.0.0.1', endpoint: '/mcp', stateless },
  });
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
