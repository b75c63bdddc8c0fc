import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadPostGraphile } from './peers.js';
import type { ReadsArgument } from './reads-contenders.js';
import { childArgument } from './run-child.js';

/** PostGraphile with its default preset over the same tables, on `node:http`. */
async function main(): Promise<void> {
  const { databaseUrl } = childArgument<ReadsArgument>();
  const { postgraphile, preset, makePgService, grafserv } = await loadPostGraphile();
  const instance = postgraphile({
    extends: [preset],
    pgServices: [makePgService({ connectionString: databaseUrl, schemas: ['public'] })],
    grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  });
  const server = createServer();
  await instance.createServ(grafserv).addTo(server);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ url: `http://127.0.0.1:${port}` });
  });
  process.on('message', () => process.exit(0));
}

await main();
