import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller } from '../../calls/callers.js';
import { aChatServer, saying } from '../../support/chat-server.js';
import type { TestMcpServer } from '../../support/mcp-server.js';
import {
  type AtiApp,
  type AtiScene,
  anAtiApp,
  anAtiScene,
  anMcpServer,
  aToken,
  secret,
} from './ati-app.js';
import { photo } from './file-server.js';
import { giveSkills } from './give-skills.js';
import { type AtiHome, anAtiHome, findAti } from './real-ati.js';
import { must } from './requirements.js';
import { bytesOf, type Client, type Environment, wireClient } from './wire-client.js';

const program = findAti();
const why = program ? '' : ' (skipped: no `ati` in ATI_PATH or PATH)';

let ati: AtiScene;
let other: TestMcpServer;
let home: AtiHome | null = null;
beforeAll(async () => {
  other = await anMcpServer({ call: () => ({ content: [{ type: 'text', text: 'elsewhere' }] }) });
  ati = await anAtiScene({
    env: { ATI_JWT_ACCEPTED_AUDIENCES: 'ati-proxy,files-audience', ATI_TENANT: 'acme' },
  });
  await giveSkills(ati);
  home = program ? await anAtiHome(program) : null;
});
afterAll(async () => {
  await ati[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

const clients: [string, () => Client, boolean][] = [
  ['the client of these tests', () => wireClient, true],
  [`ati 0.7.15${why}`, () => home?.client ?? wireClient, program !== null],
];

const env = async (claims: object = {}, more: Environment = {}): Promise<Environment> => ({
  ATI_PROXY_URL: ati.url,
  ATI_SESSION_TOKEN: await aToken({ ...claims }),
  ...more,
});

describe.each(clients)('%s', (_, clientOf, isHere) => {
  const run = async (argv: string[], claims: object = {}, more: Environment = {}) =>
    clientOf()(argv, await env(claims, more));
  const check = it.skipIf(!isHere);

  check(must('client-tools'), async () => {
    for (const ATI_PROXY_URL of [ati.url, `${ati.url}///`]) {
      const list = await run(['tool', 'list'], {}, { ATI_PROXY_URL });
      expect(list).toMatchObject({ ok: true });
      expect(list.text).toContain('pet-store:listPets');
      expect(list.text).toContain('files:search');
    }
    const some = await run(['tool', 'list', '--provider', 'files']);
    expect(some.text).toContain('files:two');
    expect(some.text).not.toContain('pet-store:');
    const found = await run(['tool', 'search', 'list pets']);
    expect(found.text).toContain('pet-store:listPets');
    const info = await run(['tool', 'info', 'pet-store:addPet']);
    expect(info.text).toContain('Add a pet');
    const lost = await run(['tool', 'info', 'pet-store:nope']);
    expect(lost.text).toContain("Tool 'pet-store:nope' not found");
  });

  it.skipIf(!isHere)(must('must-base-path'), async () => {
    const ran = await run(['run', 'pet-store:listPets'], {}, { ATI_PROXY_URL: `${ati.url}//` });
    expect(ran.ok).toBe(true);
  });

  check(must('client-run'), async () => {
    const argv = ['--n', '5', '--flag', '--obj', '{"a":1}'];
    const query = { n: '5', flag: 'true', obj: '{"a":1}' };
    for (const name of ['pet-store:listPets', 'pet-store_listPets']) {
      const ran = await run(['run', name, ...argv]);
      expect(ran).toMatchObject({ ok: true, value: { path: '/pets', query } });
    }
    const lone = await run(['run', 'pet-store:getPet', '007']);
    expect(lone.value.query).toEqual({ id: '007' });
    const joined = await run(['run', 'pet-store:getPet', '--id=a b']);
    expect(joined.value.query).toEqual({ id: 'a b' });
    expect((await run(['run', 'files:search', '--text', 'x'])).value).toBe('found {"text":"x"}');
    const failures: [string[], object, string][] = [
      [
        ['run', 'pet-store:listPets'],
        { scope: 'tool:files:*' },
        '403): {"result":null,"error":"Access denied: \'pet-store:listPets\' is not in your scopes',
      ],
      [['run', 'nope'], {}, '404): {"result":null,"error":"Unknown tool: \'nope\''],
      [['run', 'pet-store:broken'], {}, '502): {"result":null,"error":"Upstream API error: '],
      [['run', 'pet-store:getPet'], {}, '/id is missing'],
      [['run', 'files:fail'], {}, 'no such thing'],
    ];
    for (const [words, claims, said] of failures) {
      const failed = await run(words, claims);
      expect(failed.ok).toBe(false);
      expect(failed.text.replaceAll('\\"', '"').replaceAll('\\\\', '\\')).toContain(said);
    }
    const limited = {
      sub: `limited-${isHere}-${_}`,
      agent_id: 'atlas',
      ati: { v: 1, rate: { '*': '1/h' } },
    };
    expect((await run(['run', 'files:search'], limited)).ok).toBe(true);
    expect((await run(['run', 'files:search'], limited)).text).toContain('Rate limit exceeded');
  });

  check(must('client-tokens', 'audiences, ends, none'), async () => {
    const past = { iat: 1, exp: 2 };
    for (const [claims, status] of [
      [{ aud: 'somebody' }, 401],
      [past, 401],
      [{ aud: 'files-audience' }, 200],
    ] as const) {
      const ran = await run(['run', 'files:search'], claims);
      expect([ran.ok, ran.text.includes('401')]).toEqual([status === 200, status === 401]);
    }
    const none = await clientOf()(['run', 'files:search'], { ATI_PROXY_URL: ati.url });
    expect(none.text).toContain('401');
  });

  check(must('client-tokens', 'open without a key'), async () => {
    await using open: AtiApp = await anAtiApp({
      env: { ATI_JWT_SECRET: '', ATI_TENANT: 'acme', ATI_AGENT: 'atlas' },
    });
    const listed = await clientOf()(['tool', 'list'], { ATI_PROXY_URL: open.url });
    expect(listed.text).toContain('file_manager:download');
  });

  check(must('client-rotation'), async () => {
    const dir = home?.dir ?? import.meta.dirname;
    const file = join(dir, `token-${Date.now()}`);
    const argv = ['run', 'pet-store:listPets'];
    const given = { ATI_PROXY_URL: ati.url, ATI_SESSION_TOKEN_FILE: file };
    await writeFile(file, `${await aToken({ scope: '' })}\n`);
    expect((await clientOf()(argv, given)).text).toContain('403');
    await writeFile(file, await aToken());
    expect((await clientOf()(argv, given)).ok).toBe(true);
    await rm(file);
    // Of one sandbox: its own token grants no files, that of the provider does.
    const two = {
      FILES_SESSION_TOKEN: await aToken({ aud: 'files-audience', scope: 'tool:files:*' }),
    };
    const own = { scope: 'tool:pet-store:*' };
    expect((await run(['run', 'files:search'], own)).ok).toBe(false);
    expect((await run(['run', 'files:search'], own, two)).ok).toBe(true);
    expect((await run(argv, own, two)).ok).toBe(true);
  });

  check(must('upstream-listed', 'the client sends it'), async () => {
    const allow = (urls: string[]) =>
      ati.app.server.inject({
        method: 'PATCH',
        url: `/tools/mcp-servers/${ati.serverId}`,
        headers: { 'x-tenantid': 'acme' },
        payload: { upstream_urls: urls },
      });
    await allow([]);
    const given = { FILES_MCP_URL: other.url };
    const refused = await run(['run', 'files:search'], {}, given);
    expect(refused.text).toContain('has no upstream URL allowlist configured');
    await allow([other.url]);
    expect((await run(['run', 'files:search'], {}, given)).value).toBe('elsewhere');
    const wrong = await run(['run', 'files:search'], {}, { FILES_MCP_URL: `${other.url}/x` });
    expect(wrong.text).toContain('allowlist');
    expect((await run(['run', 'files:search'])).value).toBe('found {}');
  });

  check(must('client-skills'), async () => {
    for (const [argv, said] of [
      [['skill', 'list'], 'pet-care'],
      [['skill', 'search', 'grooming'], 'pet-care'],
      [['skill', 'show', 'pet-care'], 'pet-care'],
      [['skill', 'info', 'pet-care'], 'washing'],
      [['skill', 'read', 'pet-care'], '#'],
      [['skill', 'read', '--tool', 'pet-store:listPets'], ''],
      [['skill', 'resolve'], '[]'],
      [['skill', 'fetch', 'catalog'], 'file-search'],
      [['skill', 'fetch', 'read', 'washing'], 'washing'],
      [['skill', 'fetch', 'resources', 'pet-care'], 'scripts/wash.sh'],
      [['skill', 'fetch', 'cat', 'pet-care', 'scripts/wash.sh'], 'echo wash'],
      [['skill', 'fetch', 'refs', 'pet-care'], 'food.md'],
      [['skill', 'fetch', 'ref', 'pet-care', 'deep/teeth.md'], '# Teeth'],
    ] as [string[], string][]) {
      const ran = await run(argv);
      expect([argv.join(' '), ran.ok]).toEqual([argv.join(' '), true]);
      expect(ran.text).toContain(said);
    }
    const hidden = await run(['skill', 'show', 'secret'], { scope: 'tool:files:*' });
    expect(hidden.text).toContain("Skill 'secret' not found");
    const out = await run(['skill', 'fetch', 'cat', 'pet-care', '../secret/a.md'], {
      scope: 'skill:pet-care',
    });
    expect(out.ok).toBe(false);
  });

  check(must('client-assist'), async () => {
    const ran = await run(['assist', 'add', 'a', 'pet']);
    expect(ran.ok).toBe(true);
    expect(ran.value.content).toContain('ati run pet-store:addPet --name TEXT');
  });

  check(must('client-assist', 'with an LLM'), async () => {
    await using chat = await aChatServer(() => ({ json: saying('Try file_manager:download.') }));
    await using smart: AtiApp = await anAtiApp({
      env: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: chat.baseUrl },
    });
    const given = await env({}, { ATI_PROXY_URL: smart.url });
    const ran = await clientOf()(['assist', 'get', 'a', 'file'], given);
    expect(ran.value.content).toBe('Try file_manager:download.');
  });

  check(must('client-files', 'downloads'), async () => {
    const ran = await run(['run', 'file_manager:download', '--url', `${ati.files.origin}/photo`]);
    expect(ran.value).toMatchObject({ success: true, size_bytes: 8, content_type: 'image/png' });
  });
});

describe.skipIf(!program)(`ati 0.7.15 and the disk${why}`, () => {
  const run = async (argv: string[], more: Environment = {}) =>
    (home as AtiHome).client(argv, await env({}, more));
  const inDir = (path: string) => join((home as AtiHome).dir, path);

  it(must('client-files', 'what is written, and what is not'), async () => {
    const url = `${ati.files.origin}/photo`;
    await run(['run', 'file_manager:download', '--url', url, '--out', 'down.png']);
    expect(await readFile(inDir('down.png'))).toEqual(photo);
    const ran = await run(['run', 'pet-store:petPhoto', '--out', 'dir/pet.png']);
    expect(ran.value.outputs['dir/pet.png'].path).toContain('pet.png');
    expect(await readFile(inDir('dir/pet.png'))).toEqual(photo);
    for (const name of ['pet-store:forged', 'files:forge']) await run(['run', name]);
    expect(await readdir(inDir('.'))).not.toContain('forged.txt');
  });

  it(must('client-files', 'uploads'), async () => {
    await using store: AtiApp = await anAtiApp({
      env: { ATI_UPLOAD_DESTINATIONS: `store=${ati.files.origin}/in/` },
    });
    await writeFile(inDir('up.txt'), 'up it goes');
    const ran = await run(['run', 'file_manager:upload', '--path', inDir('up.txt')], {
      ATI_PROXY_URL: store.url,
    });
    expect(ran.value).toMatchObject({ success: true, destination: 'store', size_bytes: 10 });
    expect(ati.files.seen.at(-1)?.body.toString()).toBe('up it goes');
  });

  it(must('client-tokens', 'issued by it'), async () => {
    const issue = (words: string[]) =>
      execFileSync(
        program ?? '',
        ['token', 'issue', '--sub', 'atlas', '--scope', 'tool:files:*', ...words],
        {
          env: { HOME: inDir('.') },
          encoding: 'utf8',
        },
      ).trim();
    const hs = issue(['--secret', secret, '--rate', 'tool:files:*=1/hour']);
    const given = { ATI_PROXY_URL: ati.url, ATI_SESSION_TOKEN: hs };
    const { client } = home as AtiHome;
    expect((await client(['run', 'files:search'], given)).ok).toBe(true);
    expect((await client(['run', 'files:search'], given)).text).toContain('429');
    const made = spawnSync(program ?? '', ['token', 'keygen'], { encoding: 'utf8' });
    const keys = `${made.stdout}\n${made.stderr}`;
    const pems = [...keys.matchAll(/-----BEGIN[\s\S]+?-----END [A-Z ]+-----/g)].map(
      ([text]) => text,
    );
    const pair = pems.find((text) => text.includes('PRIVATE')) ?? '';
    const pem = pems.find((text) => text.includes('PUBLIC')) ?? '';
    await writeFile(inDir('public.pem'), pem);
    await using es: AtiApp = await anAtiApp({
      env: { ATI_JWT_PUBLIC_KEY: inDir('public.pem'), ATI_JWT_SECRET: '', ATI_TENANT: 'acme' },
    });
    // `ati token issue --key` of 0.7.15 refuses every private key, its own too.
    const token = await signEs256(pair);
    const listed = await client(['skill', 'list'], {
      ATI_PROXY_URL: es.url,
      ATI_SESSION_TOKEN: token,
    });
    expect(listed.ok).toBe(true);
    const wrong = await client(['skill', 'list'], { ATI_PROXY_URL: es.url, ATI_SESSION_TOKEN: hs });
    expect(wrong.text).toContain('401');
    const { keys: jwks } = (await es.ask('/.well-known/jwks.json', { token: null })).json;
    expect(jwks).toHaveLength(1);
  });
});

describe.skipIf(!program)(`the bytes of ati 0.7.15${why}`, () => {
  const commands: [string[], Environment][] = [
    [['run', 'pet-store:listPets', '--n', '5', '--flag', '--obj', '{"a":1}', 'word'], {}],
    [['run', 'p_t', '--k=v', '--z', '1.0', '--y', '-3', '--b', 'null', '--a', '[1,"x"]'], {}],
    [['run', 'p:t'], {}],
    [['run', 'p:t', 'some', 'words', '--last'], {}],
    [
      ['run', 'files:search', '--text', 'ä "quoted"'],
      { FILES_SESSION_TOKEN: 'two', FILES_MCP_URL: 'https://x.example.com/mcp' },
    ],
    [['run', 'files:search'], { ATI_SESSION_TOKEN: '' }],
    [['tool', 'list'], {}],
    [['tool', 'list', '--provider', 'p'], {}],
    [['tool', 'search', 'two words'], {}],
    [['tool', 'info', 'p:t'], {}],
    [['assist', 'how', 'to', 'list'], {}],
    [['skill', 'list'], {}],
    [['skill', 'search', 'a+b&c d'], {}],
    [['skill', 'show', 's'], {}],
    [['skill', 'info', 's'], {}],
    [['skill', 'read', 's'], {}],
    [['skill', 'read', '--tool', 'p:t'], {}],
    [['skill', 'resolve'], {}],
    [['skill', 'fetch', 'catalog'], {}],
    [['skill', 'fetch', 'read', 's'], {}],
    [['skill', 'fetch', 'resources', 's'], {}],
    [['skill', 'fetch', 'cat', 's', 'a/b c.md'], {}],
    [['skill', 'fetch', 'refs', 's'], {}],
    [['skill', 'fetch', 'ref', 's', 'x/y.md'], {}],
  ];

  it.each(commands)(must('client-bytes', '%j'), async (argv, more) => {
    await using listener = await aListener();
    const given = { ATI_PROXY_URL: `${listener.url}/base/`, ATI_SESSION_TOKEN: 'one', ...more };
    if (given.ATI_SESSION_TOKEN === '') Reflect.deleteProperty(given, 'ATI_SESSION_TOKEN');
    await (home as AtiHome).client(argv, given);
    expect(listener.heard()).toBe((await bytesOf(argv, given)).toString());
  });
});

async function signEs256(pem: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: 'atlas',
    aud: 'ati-proxy',
    scope: 'tool:files:*',
    iat: now,
    exp: now + 600,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(createPrivateKey(pem));
}

/** Hears one request, byte for byte, and answers nothing of use. */
async function aListener() {
  const chunks: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const [head = '', ...rest] = text.split('\r\n\r\n');
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
      if (!text.includes('\r\n\r\n') || Buffer.byteLength(rest.join('\r\n\r\n')) < length) return;
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => Buffer.concat(chunks).toString(),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

it('tells who asked in the records of both clients', async () => {
  await ati.app.calls.journal.flush();
  const { totalCount } = await aCaller(ati.app).calls('agentId: "atlas"');
  expect(totalCount).toBeGreaterThan(0);
});
