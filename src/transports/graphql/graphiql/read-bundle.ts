import { readFile } from 'node:fs/promises';
import { compiledUrl } from '../../../lib/compiled-url.js';
import { type BundleIndex, bundleFolder } from './bundle-format.js';

export type BundleFile = { type: string; gzipped: Buffer };
export type Bundle = { version: string; files: ReadonlyMap<string, BundleFile> };

/** What `npm run build` made; null when it did not run. */
export async function readBundle(): Promise<Bundle | null> {
  const folder = compiledUrl(import.meta.url, bundleFolder);
  const text = await readFile(new URL('bundle.json', folder), 'utf8').catch(() => null);
  if (text === null) return null;
  const { version, types } = JSON.parse(text) as BundleIndex;
  const files = Object.entries(types).map(
    async ([name, type]): Promise<[string, BundleFile]> => [
      name,
      { type, gzipped: await readFile(new URL(`${name}.gz`, folder)) },
    ],
  );
  return { version, files: new Map(await Promise.all(files)) };
}
