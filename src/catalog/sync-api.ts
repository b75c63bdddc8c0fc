import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { requireScope } from '../access/require-scope.js';
import { type CatalogTransaction, writeCatalog } from '../changes/write-catalog.js';
import { type Context, scopes } from '../context.js';
import { AppError } from '../errors.js';
import { parseInput } from '../lib/parse-input.js';
import type { SpecProblem } from '../openapi/types.js';
import { Api } from './api.entity.js';
import { type ApiRow, apisByIds } from './catalog.queries.js';
import { identifyApi, requireApp } from './identify-api.js';
import { findConflict, type OperationChange, planChanges } from './plan-changes.js';
import { readForSync, type SyncSubject } from './read-for-sync.js';
import { indexEndpointsOfApi } from './search/index-endpoints.js';
import type { ReadSpec } from './spec-reader.js';
import { type ParsedSyncInput, SyncApiInput, type SyncOutcome } from './sync-input.js';
import { writeEndpoints } from './write-endpoints.js';

export type SyncSuccess = {
  conflict: null;
  outcome: SyncOutcome;
  api: ApiRow;
  endpointsAdded: number;
  endpointsUpdated: number;
  endpointsRemoved: number;
  contentHash: string;
  problems: SpecProblem[];
  /** The tenant's revision after the sync. */
  revision: string;
};

export type SyncConflict = { message: string; agentIds: string[]; changes: OperationChange[] };

export type SyncResult = SyncSuccess | { conflict: SyncConflict };

type SyncContext = Pick<Context, 'em' | 'actor' | 'clock' | 'sealer' | 'specs'>;
type Changed = Extract<SyncSubject, { isUnchanged: false }>;

/**
 * Adds an API or brings it up to date with its document, in one transaction, or does nothing: when the body is the
 * one that was last synced, or when the strategy finds that assigned endpoints would suffer (`conflict`).
 * Throws INVALID_INPUT (`details.problems`) for a document that cannot be read, NOT_FOUND for an unknown `apiId`,
 * CONFLICT for a name that another API has.
 */
export async function syncApi(ctx: SyncContext, raw: SyncApiInput): Promise<SyncResult> {
  requireScope(ctx.actor, scopes.write);
  const input = parseInput(SyncApiInput, raw);
  const subject = await readForSync(ctx, input);
  if (subject.isUnchanged) {
    const { raw: body, api, revision } = subject;
    const ignored = ignoredSettings(input);
    return succeed(unchanged(api.id, revision), api, body.contentHash, ignored);
  }
  const written = await writeCatalog(ctx, (transaction) =>
    writeSync(ctx, transaction, input, subject),
  );
  if (written.conflict) return written;
  const [api] = await apisByIds(ctx, [written.apiId]);
  if (!api) throw new AppError('CONFLICT', 'The API was deleted while it was being synced.');
  const ignored = written.outcome === 'UNCHANGED' ? ignoredSettings(input) : [];
  return succeed(written, api, subject.raw.contentHash, ignored);
}

function succeed(
  { apiId: _, ...written }: Written,
  api: ApiRow,
  contentHash: string,
  ignored: SpecProblem[],
): SyncSuccess {
  return { ...written, api, contentHash, problems: [...api.problems, ...ignored] };
}

type Written = Omit<SyncSuccess, 'api' | 'contentHash' | 'problems'> & { apiId: string };

async function writeSync(
  ctx: SyncContext,
  { em, revision, record }: CatalogTransaction,
  input: ParsedSyncInput,
  { raw, spec, identity, name }: Changed,
): Promise<Written | { conflict: SyncConflict }> {
  const tenant = ctx.actor.tenant;
  const existing = await identifyApi(em, ctx.actor, identity);
  if (existing && isSame(existing, raw.contentHash, spec)) return unchanged(existing.id, revision);

  const plan = await planChanges(em, { tenant, apiId: existing?.id ?? null, drafts: spec.drafts });
  const conflict = existing && findConflict(plan, input.strategy);
  if (conflict) return { conflict };

  const api = existing ?? newApi(ctx, name);
  const namesBefore = [api.name, api.title];
  applyDocument(ctx, api, input, { raw, spec });
  await refuseTakenIdentity(em, api);
  await em.persist(api).flush();
  await writeEndpoints(em, { tenant, apiId: api.id, match: plan.match });
  const isRenamed = existing && (api.name !== namesBefore[0] || api.title !== namesBefore[1]);
  if (isRenamed) await indexEndpointsOfApi(em, tenant, api.id);
  return {
    conflict: null,
    apiId: api.id,
    outcome: existing ? 'UPDATED' : 'CREATED',
    endpointsAdded: plan.match.added.length,
    endpointsUpdated: plan.match.changed.length,
    endpointsRemoved: plan.match.removed.length,
    revision: await record({ kind: 'API_SYNCED', apiId: api.id, agentIds: plan.agentIds }),
  };
}

function unchanged(apiId: string, revision: string): Written {
  return {
    conflict: null,
    apiId,
    outcome: 'UNCHANGED',
    endpointsAdded: 0,
    endpointsUpdated: 0,
    endpointsRemoved: 0,
    revision,
  };
}

function isSame(api: Api, contentHash: string, spec: ReadSpec): boolean {
  const files = Object.entries(spec.files);
  return (
    api.contentHash === contentHash &&
    files.length === Object.keys(api.files).length &&
    files.every(([url, hash]) => api.files[url] === hash)
  );
}

function newApi({ actor, clock }: SyncContext, name: string): Api {
  const api = new Api();
  api.id = randomUUID();
  api.tenantId = actor.tenant;
  api.appId = requireApp(actor);
  api.name = name;
  api.isBaseUrlGiven = false;
  api.headers = null;
  api.headersOrigin = null;
  api.createdAt = clock.now();
  return api;
}

function applyDocument(
  { clock, sealer }: SyncContext,
  api: Api,
  input: ParsedSyncInput,
  { raw, spec }: Pick<Changed, 'raw' | 'spec'>,
): void {
  if (!api.isBaseUrlGiven) api.baseUrl = defaultBaseUrl(spec);
  api.configure(input, sealer);
  api.swaggerUrl = raw.requestedUrl ?? api.swaggerUrl ?? null;
  api.contentHash = raw.contentHash;
  api.specVersion = spec.specVersion ?? '';
  api.title = spec.title;
  api.compatibilityScore = spec.compatibilityScore;
  api.securitySchemes = spec.securitySchemes;
  api.skippedOperations = spec.skipped;
  api.problems = spec.problems;
  api.deductions = spec.deductions;
  api.files = spec.files;
  api.syncedAt = clock.now();
}

/** The document's first server with its variables at their defaults; empty when it names none that is absolute. */
function defaultBaseUrl({ servers }: ReadSpec): string {
  const [server] = servers;
  if (!server) return '';
  const url = server.url.replace(/\{([^{}]+)\}/g, (mark, name: string) =>
    Object.hasOwn(server.variables, name) ? (server.variables[name]?.default ?? mark) : mark,
  );
  return /^https?:\/\//i.test(url) ? url : '';
}

/** Throws CONFLICT when another API of the app has the name or the swagger URL. */
export async function refuseTakenIdentity(em: EntityManager, api: Api): Promise<void> {
  const { id, tenantId, appId, name, swaggerUrl } = api;
  const other = await em.findOne(
    Api,
    {
      tenantId,
      appId,
      id: { $ne: id },
      $or: [{ name }, ...(swaggerUrl ? [{ swaggerUrl }] : [])],
    },
    { flushMode: 'commit' },
  );
  if (!other) return;
  const shared = other.name === name ? `is called "${name}"` : `was synced from ${swaggerUrl}`;
  throw new AppError('CONFLICT', `Another API of this app ${shared}.`, { apiId: other.id });
}

/** An unchanged document writes nothing: settings that came with it are named rather than dropped in silence. */
function ignoredSettings({ name, baseUrl, headers }: ParsedSyncInput): SpecProblem[] {
  const given = Object.entries({ name, baseUrl, headers }).filter(([, value]) => value != null);
  if (given.length === 0) return [];
  return [
    {
      code: 'SETTINGS_NOT_STORED',
      message: `The document is unchanged, so nothing was written: ${given.map(([key]) => key).join(', ')} of this request ${given.length === 1 ? 'was' : 'were'} not stored. Change the settings of the API itself instead.`,
      pointer: '',
      severity: 'WARNING',
      line: null,
    },
  ];
}
