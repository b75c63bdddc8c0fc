/** A step of `npm run build`: GraphiQL and the files around it, gzipped, for the server to read at its start. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import * as graphiql from '@graphql-yoga/render-graphiql/graphiql';
import { type BundleIndex, bundleFolder } from './bundle-format.js';

const compress = promisify(gzip);
const folder = new URL(bundleFolder, import.meta.url);
const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#7c5cff" stroke-width="2.5">
<path d="M16 9v6m0 0-8 6m8-6 8 6"/><circle cx="16" cy="6" r="3"/><circle cx="6" cy="23" r="3"/><circle cx="26" cy="23" r="3"/>
</svg>
`;

const files: Record<string, { type: string; text: string }> = {
  'graphiql.js': { type: script, text: graphiql.js },
  'graphiql.css': { type: style, text: graphiql.css },
  'editor.worker.js': { type: script, text: graphiql.editorWorkerService },
  'graphql.worker.js': { type: script, text: graphiql.graphqlWorker },
  'json.worker.js': { type: script, text: graphiql.jsonWorker },
  'graphql-ws.js': {
    type: script,
    text: await read(import.meta.resolve('graphql-ws/package.json'), 'umd/graphql-ws.min.js'),
  },
  'start.js': { type: script, text: await read(import.meta.url, 'page/start.js') },
  'subscribe.js': { type: script, text: await read(import.meta.url, 'page/subscribe.js') },
  'fetch-result.js': { type: script, text: await read(import.meta.url, 'page/fetch-result.js') },
  'page.css': { type: style, text: 'body { margin: 0; }\n#graphiql { height: 100dvh; }\n' },
  'icon.svg': { type: 'image/svg+xml', text: icon },
};

const version = createHash('sha256').update(JSON.stringify(files)).digest('base64url').slice(0, 22);
if ((await builtVersion()) !== version) await build();

function read(base: string, path: string): Promise<string> {
  return readFile(new URL(path, base), 'utf8');
}

async function builtVersion(): Promise<string | null> {
  const index = await readFile(new URL('bundle.json', folder), 'utf8').catch(() => null);
  return index === null ? null : (JSON.parse(index) as BundleIndex).version;
}

async function build(): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, { text }] of Object.entries(files)) {
    await replace(`${name}.gz`, await compress(text, { level: 9 }));
  }
  const types = Object.fromEntries(Object.entries(files).map(([name, { type }]) => [name, type]));
  await replace('bundle.json', JSON.stringify({ version, types } satisfies BundleIndex));
}

/** Whole or not at all, for a server that starts meanwhile. */
async function replace(name: string, content: string | Buffer): Promise<void> {
  const draft = new URL(`${name}.draft`, folder);
  await writeFile(draft, content);
  await rename(draft, new URL(name, folder));
}
