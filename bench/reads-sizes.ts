import { createDatabase } from '../test/support/postgres.js';
import { listEndpoints, type ReadRequest, readCases } from './reads-cases.js';
import { addEndpoints, analyze, seedReads, tenant } from './reads-catalog.js';
import { openClient, type ReadClient } from './reads-client.js';
import { startToolgraph, toEnv } from './reads-contenders.js';

/** Milliseconds of single requests, one after the other, in a small and in a large catalog. */
export type SizeTimes = { name: string; small: number[]; large: number[] };
export type Sizes = { smallEndpoints: number; largeEndpoints: number; times: SizeTimes[] };

const requestsPerRound = 20;
const endpointsPerApi = 1000;

/**
 * The tools of one agent with 1,000 endpoints in the catalog, and with many more: half of those belong to the same
 * tenant, half to ten others. "After a write" is the first read of each new revision, when nothing is remembered.
 */
export async function measureSizes(
  postgresUrl: string,
  largeEndpoints: number,
  { rounds }: { rounds: number },
): Promise<Sizes> {
  await using stack = new AsyncDisposableStack();
  const [small, large] = [
    await openCatalog(postgresUrl, 0),
    await openCatalog(postgresUrl, largeEndpoints),
  ];
  stack.use(small.client);
  stack.use(large.client);
  stack.use(small.server);
  stack.use(large.server);
  const cases = readCases('').filter(({ file }) => file.includes('agent'));
  const times: SizeTimes[] = [];
  for (const { name, requests } of cases) {
    const request = requests.toolgraph;
    if (!request) continue;
    for (const isAfterWrite of [false, true]) {
      console.error(`reading: ${name}${isAfterWrite ? ', after a write' : ''}`);
      const one: SizeTimes = {
        name: isAfterWrite ? `${name}, after a write` : name,
        small: [],
        large: [],
      };
      for (let round = 0; round <= rounds; round += 1) {
        const [ofSmall, ofLarge] = [
          await timeRound(small, request, isAfterWrite),
          await timeRound(large, request, isAfterWrite),
        ];
        // The first round warms up.
        if (round === 0) continue;
        one.small.push(...ofSmall);
        one.large.push(...ofLarge);
      }
      times.push(one);
    }
  }
  return { smallEndpoints: endpointsPerApi, largeEndpoints, times };
}

type Catalog = { client: ReadClient; server: AsyncDisposable; endpointId: string };

async function openCatalog(postgresUrl: string, endpoints: number): Promise<Catalog> {
  const databaseUrl = await createDatabase(postgresUrl);
  const { apiId } = await seedReads(databaseUrl);
  const apisOfEach = Math.round(endpoints / endpointsPerApi / 20);
  for (let other = 0; other < 10 && apisOfEach > 0; other += 1) {
    console.error(`adding endpoints: ${(other + 1) * apisOfEach * 2 * endpointsPerApi}`);
    for (const owner of [tenant, `tenant-${other}`]) {
      await addEndpoints(databaseUrl, { tenant: owner, apis: apisOfEach, endpointsPerApi });
    }
  }
  await analyze(databaseUrl);
  const server = await startToolgraph(toEnv(databaseUrl));
  const client = openClient(server.url);
  const list = await client.read(listEndpoints(apiId));
  const endpointId: string = JSON.parse(list).at(-1).id;
  return { client, server, endpointId };
}

async function timeRound(
  { client, endpointId }: Catalog,
  request: ReadRequest,
  isAfterWrite: boolean,
): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < requestsPerRound; at += 1) {
    if (isAfterWrite) await client.read(describe(endpointId, `Description ${Math.random()}`));
    const started = performance.now();
    await client.read(request);
    times.push(performance.now() - started);
  }
  return times;
}

/** A write to an endpoint that is nobody's tool. */
function describe(endpointId: string, description: string): ReadRequest {
  return {
    method: 'PATCH',
    path: `/tools/api/endpoints/${endpointId}`,
    body: JSON.stringify({ description }),
  };
}
