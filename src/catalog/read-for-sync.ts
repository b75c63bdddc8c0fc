import type { Context } from '../context.js';
import { AppError } from '../errors.js';
import type { Api } from './api.entity.js';
import { findSyncedApi, type SyncedApi } from './find-synced-api.js';
import { type ApiIdentity, identifyApi } from './identify-api.js';
import type { RawSpec, ReadSpec } from './spec-reader.js';
import { type ParsedSyncInput, type SyncStrategy, toSpecSource } from './sync-input.js';

export type SyncSubject =
  | ({ isUnchanged: true; raw: RawSpec } & SyncedApi)
  | { isUnchanged: false; raw: RawSpec; spec: ReadSpec; identity: ApiIdentity; name: string };

/**
 * Loads the document of a sync and reads it, unless it is the one that the API was last synced with: a body with the
 * same hash is not parsed. Throws INVALID_INPUT with `details.problems` for a document that cannot be read.
 */
export async function readForSync(
  ctx: Pick<Context, 'em' | 'actor' | 'specs'>,
  input: ParsedSyncInput,
): Promise<SyncSubject> {
  const raw = await ctx.specs.load(toSpecSource(input.source));
  const given = { apiId: input.apiId, swaggerUrl: raw.requestedUrl, name: input.name ?? null };
  const synced = await findSyncedApi(ctx, given, raw.contentHash);
  if (synced && (await areFilesSame(ctx, synced.files))) {
    return { isUnchanged: true, raw, ...synced };
  }
  const spec = await ctx.specs.read(raw);
  if (!spec.valid) {
    const first = spec.problems.find(({ severity }) => severity === 'ERROR');
    throw new AppError('INVALID_INPUT', first?.message ?? 'The document cannot be read.', {
      problems: spec.problems,
    });
  }
  const name = input.name ?? (spec.title?.trim().slice(0, 200) || nameFromUrl(raw.requestedUrl));
  const identity = { ...given, name };
  const found = await identifyApi(ctx.em, ctx.actor, identity);
  if (found) refuseLostFiles(found, spec, input.strategy);
  return { isUnchanged: false, raw, spec, identity, name };
}

/** A file that answers no more would take a good catalog's schemas away: the sync fails instead, FORCE goes on. */
function refuseLostFiles(api: Api, { files }: ReadSpec, strategy: SyncStrategy): void {
  const lost = Object.keys(api.files).filter((url) => api.files[url] && files[url] === '');
  if (lost.length === 0 || strategy === 'FORCE') return;
  const more = lost.length > 1 ? ` (and ${lost.length - 1} more)` : '';
  throw new AppError(
    'UPSTREAM_FAILED',
    `A file that the document refers to was there at the last sync and cannot be read now: ${lost[0]}${more}. Nothing was written; the strategy FORCE goes on without it.`,
    { files: lost },
  );
}

async function areFilesSame(
  ctx: Pick<Context, 'specs'>,
  files: Record<string, string>,
): Promise<boolean> {
  const urls = Object.keys(files);
  if (urls.length === 0) return true;
  const now = await ctx.specs.hashFiles(urls);
  return urls.every((url) => now[url] === files[url]);
}

function nameFromUrl(url: string | null): string {
  return url ? new URL(url).hostname : 'Untitled API';
}
