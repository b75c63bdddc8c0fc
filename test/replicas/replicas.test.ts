import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createEmptyDatabase, type PostgresServer, startPostgres } from '../support/postgres.js';
import { runReplicas } from './run-replicas.js';

const changes = Number(process.env.REPLICA_CHANGES ?? 300);
let server: PostgresServer | null = null;

beforeAll(async () => {
  if (!inject('postgresUrl')) server = await startPostgres();
});

afterAll(() => server?.[Symbol.asyncDispose]());

it.each([
  { replicas: 2, faults: false },
  { replicas: 3, faults: false },
  { replicas: 2, faults: true },
  { replicas: 3, faults: true },
])(
  'over $replicas replicas every subscriber gets every revision once and in order (faults: $faults)',
  async ({ replicas, faults }) => {
    const databaseUrl = await createEmptyDatabase(inject('postgresUrl') || (server?.url ?? ''));
    const report = await runReplicas({
      ...{ databaseUrl, replicas, faults, changes, followersPerReplica: 4 },
    });
    console.log(JSON.stringify({ replicas, ...report }));
    expect(report).toMatchObject({ lost: 0, repeated: 0, outOfOrder: 0 });
    expect(report.written).toBeGreaterThanOrEqual(changes);
    if (faults) expect(report.kills).toBeGreaterThan(0);
  },
  600_000,
);
