import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { generateFernetKey } from '../../src/credentials/fernet.js';
import { aDocument, aLargeDocument } from '../support/documents.js';
import { createEmptyDatabase } from '../support/postgres.js';
import { startServer } from '../support/server-process.js';

const main = join(import.meta.dirname, '../../dist/src/main.js');
const headers = { 'x-tenantId': 'acme', 'x-appId': 'shop', 'content-type': 'application/json' };

async function aFolder(stack: AsyncDisposableStack): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-start-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs a command of the server to its end. */
async function runMain(env: Record<string, string>, ...args: string[]) {
  const options = { env: { PATH: process.env.PATH, ...env }, timeout: 50_000 };
  return promisify(execFile)(process.execPath, [main, ...args], options).then(
    ({ stdout }) => ({ status: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }) => ({ status: code as number, stdout, stderr }),
  );
}

function sync(url: string, body: unknown): Promise<Response> {
  return fetch(`${url}/tools/sync-swagger`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
}

describe('on the embedded database', () => {
  it('makes a key of its own that nobody else can read, and finds its data again', async () => {
    await using stack = new AsyncDisposableStack();
    const dir = await aFolder(stack);
    {
      await using server = await startServer({ DATA_DIR: dir, LOG_LEVEL: 'INFO' });
      expect(server.output()).toContain(`${server.url}/tools/docs`);
      await sync(server.url, {
        swagger_json: aDocument([{ path: '/pets' }]),
        headers: { Authorization: 'Bearer s3cr3t' },
      });
      expect(await server.end('SIGINT')).toBe(0);
    }
    expect((await stat(join(dir, 'credential.key'))).mode & 0o777).toBe(0o600);
    await using server = await startServer({ DATA_DIR: dir });
    const apis = await (await fetch(`${server.url}/tools/apis`, { headers })).json();
    expect(apis).toMatchObject([{ name: 'Pets', header_names: ['Authorization'] }]);
    expect(JSON.stringify(apis)).not.toContain('s3cr3t');
  });

  it('keeps a second process off its folder', async () => {
    await using stack = new AsyncDisposableStack();
    const DATA_DIR = await aFolder(stack);
    await using _ = await startServer({ DATA_DIR });
    const second = await runMain({ DATA_DIR, PORT: '0' });
    expect(second).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Another process uses the embedded database'),
    });
  });

  it('finishes what runs before it ends', async () => {
    await using stack = new AsyncDisposableStack();
    await using server = await startServer({ DATA_DIR: await aFolder(stack) });
    const answer = sync(server.url, aLargeDocument(300, 'v1'));
    await new Promise((done) => setTimeout(done, 50));
    const [{ status }, exit] = await Promise.all([answer, server.end('SIGTERM')]);
    expect([status, exit]).toEqual([200, 0]);
  });

  it('says that its port is taken', async () => {
    await using stack = new AsyncDisposableStack();
    await using server = await startServer({ DATA_DIR: await aFolder(stack) });
    const second = await runMain({
      DATA_DIR: await aFolder(stack),
      PORT: new URL(server.url).port,
    });
    expect(second).toMatchObject({ status: 1, stderr: expect.stringContaining('is taken') });
  });

  it('does not start with a key that opens nothing of what is stored', async () => {
    await using stack = new AsyncDisposableStack();
    const DATA_DIR = await aFolder(stack);
    const [old, other] = [generateFernetKey(), generateFernetKey()];
    {
      await using server = await startServer({ DATA_DIR, CREDENTIAL_SECRET: old });
      await sync(server.url, {
        swagger_json: aDocument([{ path: '/pets' }]),
        headers: { 'X-Key': 'one' },
      });
      await server.end('SIGTERM');
    }
    const refused = await runMain({ DATA_DIR, CREDENTIAL_SECRET: other, PORT: '0' });
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('1 of 1 stored secrets do not open'),
    });

    const ring = { DATA_DIR, CREDENTIAL_SECRET: `${other},${old}` };
    expect((await runMain(ring, 'rotate-credentials')).stdout).toContain('1 sealed anew');
    await using _ = await startServer({ DATA_DIR, CREDENTIAL_SECRET: other });
  });
});

it('tells every problem of the configuration in one message', async () => {
  const { status, stderr } = await runMain({
    PORT: 'http',
    DATABASE_URL: 'mysql://db',
    EGRESS_ALLOW: '10.0.0.0/99',
  });
  expect(status).toBe(1);
  for (const name of ['PORT', 'DATABASE_URL', 'CREDENTIAL_SECRET', 'EGRESS_ALLOW']) {
    expect(stderr).toContain(name);
  }
});

it('names the commands that it knows', async () => {
  expect(await runMain({}, 'migrat')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('migrate'),
  });
});

describe.skipIf(!inject('postgresUrl'))('on PostgreSQL', () => {
  it('lets two replicas start at once on an empty database', async () => {
    const env = {
      DATABASE_URL: await createEmptyDatabase(inject('postgresUrl')),
      CREDENTIAL_SECRET: generateFernetKey(),
    };
    const [one, other] = await Promise.all([startServer(env), startServer(env)]);
    await using _one = one;
    await using _other = other;
    expect((await sync(one.url, aDocument([{ path: '/pets' }]))).status).toBe(200);
    const apis = await (await fetch(`${other.url}/tools/apis`, { headers })).json();
    expect(apis).toHaveLength(1);
    const local = await (await fetch(`${other.url}/tools/agents/local-tools`, { headers })).json();
    expect(local).toHaveLength(11);
  });

  it('seals credentials anew while requests are served', async () => {
    const DATABASE_URL = await createEmptyDatabase(inject('postgresUrl'));
    const [old, next] = [generateFernetKey(), generateFernetKey()];
    await using server = await startServer({ DATABASE_URL, CREDENTIAL_SECRET: `${next},${old}` });
    {
      await using before = await startServer({ DATABASE_URL, CREDENTIAL_SECRET: old });
      await sync(before.url, {
        swagger_json: aDocument([{ path: '/pets' }]),
        headers: { 'X-Key': 'one' },
      });
    }
    const rotation = runMain(
      { DATABASE_URL, CREDENTIAL_SECRET: `${next},${old}` },
      'rotate-credentials',
    );
    expect((await fetch(`${server.url}/tools/apis`, { headers })).status).toBe(200);
    expect((await rotation).stdout).toContain('1 sealed anew');
    await using _ = await startServer({ DATABASE_URL, CREDENTIAL_SECRET: next });
  });
});
