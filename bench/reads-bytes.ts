import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastify } from 'fastify';
import type { ReadsArgument } from './reads-contenders.js';
import { childArgument } from './run-child.js';

/** The answers of Toolgraph as bytes in memory: what a route costs that does nothing. */
async function main(): Promise<void> {
  const { dir, files } = childArgument<ReadsArgument>();
  const server = fastify();
  for (const file of files) {
    const bytes = readFileSync(join(dir, file));
    server.get(`/${file}`, (_, reply) => {
      reply.type('application/json; charset=utf-8').send(bytes);
    });
  }
  process.send?.({ url: await server.listen({ port: 0, host: '127.0.0.1' }) });
  process.on('message', () => process.exit(0));
}

await main();
