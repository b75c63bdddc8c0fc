import { fastify } from 'fastify';
import { Agent, request } from 'undici';
import { childArgument } from './run-child.js';

/**
 * The least that a call over HTTP can be: a Fastify route that asks the upstream with undici and hands its JSON on.
 * It knows no tenant, no tool, no schema, no credential and no record.
 */
async function main(): Promise<void> {
  const { upstream } = childArgument<{ upstream: string }>();
  const dispatcher = new Agent({ keepAliveTimeout: 60_000 });
  const server = fastify();
  server.route({
    method: ['GET', 'POST'],
    url: '/*',
    handler: async ({ url, method, body }) => {
      const answer = await request(upstream + url, {
        dispatcher,
        method: method === 'POST' ? 'POST' : 'GET',
        ...(body ? { headers: { 'content-type': 'application/json' } } : {}),
        body: body ? JSON.stringify(body) : null,
      });
      return answer.body.json();
    },
  });
  process.on('message', () => process.exit(0));
  process.send?.({ url: await server.listen({ port: 0, host: '127.0.0.1' }) });
}

await main();
