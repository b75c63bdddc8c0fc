import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createSpecReader, type SpecReaderOptions } from '../src/catalog/create-spec-reader.js';
import type { ReadSpec, SpecReader } from '../src/catalog/spec-reader.js';
import { createHttpClient } from '../src/upstream/create-http-client.js';
import { startSpecServer } from './support/spec-server.js';

const http = createHttpClient({ allow: ['127.0.0.1'] });

function createReader(options: Partial<SpecReaderOptions> = {}): SpecReader {
  return createSpecReader({ http, processes: 1, ...options });
}

/** The way of a document from a real server through the whole reader. */
async function readServed(
  body: string | Uint8Array,
  options: Partial<SpecReaderOptions> = {},
): Promise<ReadSpec> {
  await using server = await startSpecServer();
  await using reader = createReader(options);
  return await reader.read(await reader.load({ url: server.serve('/spec', body) }));
}

const operation = { responses: { 200: { description: 'ok' } } };

function documentOf(parts: object): string {
  const info = { title: 'Hostile', version: '1' };
  return JSON.stringify({ openapi: '3.0.3', info, paths: {}, ...parts });
}

function withBody(schema: unknown, components: object = {}): string {
  const requestBody = { content: { 'application/json': { schema } } };
  return documentOf({ paths: { '/a': { post: { ...operation, requestBody } } }, components });
}

function nestedSchema(depth: number): object {
  let schema: object = { type: 'string' };
  for (let i = 0; i < depth; i += 1) schema = { type: 'object', properties: { a: schema } };
  return schema;
}

function manyOperations(count: number): string {
  const paths: Record<string, object> = {};
  for (let i = 0; i < count; i += 1) paths[`/things${i}`] = { get: operation };
  return documentOf({ paths });
}

const levels = Array.from({ length: 9 }, (_, i) => i + 1);
const aliasBomb = [
  'openapi: 3.0.3',
  'info: {title: Bomb, version: "1"}',
  'paths: {}',
  'x-0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]',
  ...levels.map(
    (i) =>
      `x-${i}: &x${i} [${Array(10)
        .fill(`*x${i - 1}`)
        .join(', ')}]`,
  ),
].join('\n');

const small = documentOf({ paths: { '/a': { get: operation } } });

describe.each([
  ['where they are loaded', { inlineBytes: Number.POSITIVE_INFINITY }],
  ['in a process of its own', { inlineBytes: 0 }],
])('documents that cannot be read, parsed %s', (_, options) => {
  it.each<[string, string | Uint8Array, string]>([
    ['a YAML alias bomb', aliasBomb, 'TOO_MANY_NODES'],
    [
      '200,000 levels of nesting',
      `{"openapi":"3.0.0","x":${'['.repeat(200_000)}`,
      'DOCUMENT_TOO_DEEP',
    ],
    ['truncated JSON', small.slice(0, -20), 'SYNTAX_ERROR'],
    ['truncated YAML', 'openapi: "3.0.3', 'SYNTAX_ERROR'],
    ['bytes', new Uint8Array(2_000).map((__, i) => i * 7), 'BINARY_DOCUMENT'],
    ['an archive', gzipSync(small), 'BINARY_DOCUMENT'],
    ['nothing', '', 'EMPTY_DOCUMENT'],
    ['an HTML page', '<!doctype html><html><title>Docs</title></html>', 'HTML_DOCUMENT'],
  ])('%s is told in one sentence', async (__, body, code) => {
    const spec = await readServed(body, options);
    expect(spec).toMatchObject({ valid: false, drafts: [], compatibilityScore: 0 });
    expect(spec.problems.filter(({ severity }) => severity === 'ERROR')[0]).toMatchObject({ code });
  });
});

describe('hostile documents that can be read', () => {
  it.each<[string, string | Uint8Array]>([
    ['100 levels of schemas', withBody(nestedSchema(100))],
    ['a byte order mark', Buffer.from(`\uFEFF${small}`)],
    ['UTF-16', Buffer.from(`\uFEFF${small}`, 'utf16le')],
    [
      'a schema that refers to itself',
      withBody(
        { $ref: '#/components/schemas/a' },
        { schemas: { a: { $ref: '#/components/schemas/a' } } },
      ),
    ],
    [
      'two schemas that refer to each other',
      withBody(
        { $ref: '#/components/schemas/a' },
        {
          schemas: { a: { $ref: '#/components/schemas/b' }, b: { $ref: '#/components/schemas/a' } },
        },
      ),
    ],
    ['a reference to the whole document', withBody({ $ref: '#' })],
    [
      'an alias in its own anchor',
      'openapi: 3.0.3\ninfo: &a {title: A, version: "1", x-me: *a}\npaths:\n  /a: {get: {responses: {}}}\n',
    ],
    [
      'duplicate keys',
      `openapi: 3.0.3\ninfo: {title: A, version: "1"}\npaths:\n  /a:\n    get: {responses: {}}\n    get: {responses: {}}\n`,
    ],
    [
      '__proto__ everywhere',
      withBody({ type: 'object', properties: { kept: { type: 'string' } } })
        .replaceAll('"kept"', '"__proto__":{"polluted":true},"kept"')
        .replace('"paths":{', '"paths":{"__proto__":{"get":{}},'),
    ],
  ])('%s becomes one tool', async (_, body) => {
    const spec = await readServed(body);
    expect(spec.valid).toBe(true);
    expect(spec.drafts).toHaveLength(1);
    expect(JSON.parse(spec.drafts[0]?.inputSchema ?? '')).toMatchObject({ type: 'object' });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('warnings of the text carry pointer and line', async () => {
    const spec = await readServed(
      'openapi: 3.0.3\ninfo: {title: A, version: "1"}\npaths:\n  /a: {}\n  /a: {}\n',
    );
    expect(spec.problems).toContainEqual(
      expect.objectContaining({ code: 'DUPLICATE_KEY', pointer: '/paths/~1a', line: 5 }),
    );
  });

  it('of 50,000 operations each is a tool or skipped with a reason', async () => {
    const spec = await readServed(manyOperations(50_000));
    expect(spec.drafts.length + spec.skipped.length).toBe(50_000);
    expect(spec.drafts.length).toBeGreaterThan(0);
    expect(spec.skipped.every(({ reason, pointer }) => reason !== '' && pointer !== '')).toBe(true);
  });
});

describe('parser processes', () => {
  it('the event loop turns while a document of 4 MB is read', async () => {
    const text = manyOperations(70_000);
    expect(text.length).toBeGreaterThan(4_000_000);
    await using reader = createReader();
    const raw = await reader.load({ text });
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 5);
    const spec = await reader.read(raw);
    clearInterval(ticking);
    expect(spec.valid).toBe(true);
    expect(turns).toBeGreaterThan(20);
  });

  it('a document that needs too much memory ends its process, and the next one is read', async () => {
    await using reader = createReader({ inlineBytes: 0, limits: { processMemoryMb: 128 } });
    const bomb = await reader.load({ text: `x:\n${'- {a: b}\n'.repeat(3_000_000)}` });
    const killed = await reader.read(bomb);
    expect(killed).toMatchObject({ valid: false, problems: [{ code: 'OUT_OF_MEMORY' }] });
    const next = await reader.read(await reader.load({ text: small }));
    expect(next).toMatchObject({ valid: true, drafts: [{ method: 'GET' }] });
  });

  it('a document that takes too long ends its process each time', async () => {
    await using reader = createReader({ inlineBytes: 0, limits: { parseTimeoutMs: 1 } });
    const raw = await reader.load({ text: manyOperations(5_000) });
    for (let i = 0; i < 2; i += 1) {
      const spec = await reader.read(raw);
      expect(spec).toMatchObject({ valid: false, problems: [{ code: 'READ_TIMEOUT' }] });
    }
  });

  it('an aborted reading fails with the reason, and the next document is read', async () => {
    await using reader = createReader({ inlineBytes: 0 });
    const large = await reader.load({ text: manyOperations(40_000) });
    const abort = new AbortController();
    const reading = reader.read(large, abort.signal);
    setTimeout(() => abort.abort(new Error('gone')), 20);
    await expect(reading).rejects.toThrow('gone');
    const next = await reader.read(await reader.load({ text: small }));
    expect(next.valid).toBe(true);
  });

  it('more documents than may wait are refused, the others are read', async () => {
    await using reader = createReader({ inlineBytes: 0, limits: { maxQueued: 1 } });
    const raw = await reader.load({ text: small });
    const answers = await Promise.allSettled([1, 2, 3].map(() => reader.read(raw)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(answers[2]).toMatchObject({ reason: { code: 'LIMIT_EXCEEDED' } });
  });

  it('reads the same where it is loaded and in a process of its own', async () => {
    const text = withBody(nestedSchema(10));
    const read = async (inlineBytes: number) => {
      await using reader = createReader({ inlineBytes });
      return await reader.read(await reader.load({ text }));
    };
    expect(await read(0)).toEqual(await read(Number.POSITIVE_INFINITY));
  });
});

const folder = new URL('fixtures/multi-file/', import.meta.url);
const fixtures = [
  'openapi.yaml',
  'broken.yaml',
  'parameters.json',
  'paths/pets.yaml',
  'schemas/pet.yaml',
  'schemas/owner.yaml',
];

async function startFixtureServer() {
  const server = await startSpecServer();
  for (const name of fixtures) server.serve(`/specs/${name}`, readFileSync(new URL(name, folder)));
  return server;
}

describe.each([
  ['where they are loaded', Number.POSITIVE_INFINITY],
  ['in a process of its own', 0],
])('documents of several files, parsed %s', (_, inlineBytes) => {
  it('references to other files are followed, cycles between files too', async () => {
    await using server = await startFixtureServer();
    await using reader = createReader({ inlineBytes });
    const spec = await reader.read(
      await reader.load({ url: `${server.origin}/specs/openapi.yaml` }),
    );
    expect(spec.drafts.map(({ name }) => name).sort()).toEqual(['addPet', 'getPet', 'listPets']);
    const addPet = spec.drafts.find(({ name }) => name === 'addPet');
    expect(addPet?.inputSchema).toContain('"email"');
    expect(addPet?.inputSchema).not.toMatch(/"\$ref":"[^#]/);
    expect(Object.keys(spec.files).sort()).toEqual(
      ['parameters.json', 'paths/pets.yaml', 'schemas/owner.yaml', 'schemas/pet.yaml'].map(
        (name) => `${server.origin}/specs/${name}`,
      ),
    );
    expect(new Set(server.requests).size).toBe(server.requests.length);
  });

  it('a missing file and one elsewhere are problems of the operations that need them', async () => {
    await using server = await startFixtureServer();
    await using reader = createReader({ inlineBytes });
    const spec = await reader.read(
      await reader.load({ url: `${server.origin}/specs/broken.yaml` }),
    );
    expect(spec.drafts).toHaveLength(3);
    const messages = spec.problems.map(({ message }) => message).join('\n');
    expect(messages).toMatch(/absent\.yaml.*status 404/);
    expect(messages).toMatch(/another origin/);
    for (const { inputSchema } of spec.drafts) expect(inputSchema).toMatch(/"kept"|"limit"/);
  });

  it('more files than allowed are told and not fetched', async () => {
    await using server = await startSpecServer();
    await using reader = createReader({ inlineBytes, limits: { maxFiles: 5 } });
    const properties: Record<string, object> = {};
    for (let i = 0; i < 20; i += 1) {
      properties[`p${i}`] = { $ref: `part${i}.json` };
      server.serve(`/part${i}.json`, '{"type":"string"}');
    }
    const url = server.serve('/root.json', withBody({ type: 'object', properties }));
    const spec = await reader.read(await reader.load({ url }));
    expect(server.requests).toHaveLength(6);
    expect(spec.drafts).toHaveLength(1);
    expect(spec.problems.map(({ message }) => message).join('\n')).toContain('more than 5 files');
  });

  it('a chain of files that never ends is cut', async () => {
    await using server = await startSpecServer();
    await using reader = createReader({ inlineBytes, limits: { maxFileDepth: 4 } });
    for (let i = 0; i < 10; i += 1) {
      server.serve(
        `/part${i}.json`,
        JSON.stringify({ properties: { a: { $ref: `part${i + 1}.json` } } }),
      );
    }
    const url = server.serve('/root.json', withBody({ $ref: 'part0.json' }));
    const spec = await reader.read(await reader.load({ url }));
    expect(spec.drafts).toHaveLength(1);
    expect(server.requests).toHaveLength(5);
  });
});

it('references of a document without a URL are not followed', async () => {
  await using server = await startSpecServer();
  await using reader = createReader();
  const url = server.serve('/pet.json', '{"type":"string"}');
  const spec = await reader.read(
    await reader.load({ text: withBody({ properties: { a: { $ref: url } } }) }),
  );
  expect(server.requests).toEqual([]);
  expect(spec.drafts).toHaveLength(1);
  expect(spec.problems.map(({ message }) => message).join('\n')).toContain('not loaded from a URL');
});
