import type { EntityManager } from '@mikro-orm/postgresql';
import { type EffectiveTool, effectiveTools } from '../agents/effective-tools.js';
import { onCommittedWrite } from '../changes/committed-writes.js';
import type { Sealer } from '../credentials/sealer.js';
import { createBatcher } from '../lib/batcher.js';
import { RecentMap } from '../lib/recent-map.js';
import { query, type RunStatement, toStatement } from '../storage/sql.js';
import type { CallableEndpoint, CallableMcpTool } from './call-types.js';
import type { Credential, CredentialKind } from './credential.js';
import { openCredential } from './credential-secret.js';

/** An endpoint with all that a call of it needs, secrets opened. */
export type EndpointCallable = {
  kind: 'ENDPOINT';
  endpoint: CallableEndpoint;
  /** The API's auth headers, and the origin that they were given for. */
  headers: { values: Record<string, string>; origin: string | null } | null;
  credentials: (Credential & { origin: string })[];
};

/** What a call of a tool needs, whatever stands behind it. */
export type Callable = EndpointCallable | { kind: 'MCP'; tool: CallableMcpTool };

export type ToolReference = Pick<EffectiveTool, 'kind' | 'id'>;

/** What an agent may call, by the names of its view. */
export type AgentView = {
  tools: ReadonlyMap<string, ToolReference>;
  /** Tools that agents execute themselves. */
  localNames: ReadonlySet<string>;
};

/**
 * What calls read of the catalog. Everything is remembered under the catalog's version, which every call asks for anew,
 * so that a change holds for the next call in every process.
 */
export interface CallCatalog extends Disposable {
  /** Changes with every catalog write of the tenant. */
  version(tenant: string): string | Promise<string>;
  viewOf(tenant: string, agentId: string, version: string): Promise<AgentView>;
  /** Null for what is no tool of the tenant. */
  callable(tenant: string, tool: ToolReference, version: string): Promise<Callable | null>;
}

/** `isAlone`: no other process writes to the database, so that a version needs no look at it. */
export function createCallCatalog(options: {
  fork(): EntityManager;
  run: RunStatement;
  sealer: Sealer;
  isAlone: boolean;
}): CallCatalog {
  const { fork, run, sealer, isAlone } = options;
  const views = new RecentMap<string, Versioned<AgentView>>(2000);
  const callables = new RecentMap<string, Versioned<Callable | null>>(5000);
  const versions = isAlone ? countWrites(fork()) : askForVersions(run);
  return {
    [Symbol.dispose]: () => versions[Symbol.dispose](),
    version: (tenant) => versions.of(tenant),
    viewOf: (tenant, agentId, version) =>
      remembered(views, `${tenant}\n${agentId}`, `${version}/${localToolsPeriod()}`, () =>
        readView(fork(), tenant, agentId),
      ),
    callable: (tenant, { kind, id }, version) =>
      remembered(callables, `${tenant}\n${kind}\n${id}`, version, () =>
        kind === 'MCP' ? readMcpTool(fork(), tenant, id) : readEndpoint(fork(), sealer, tenant, id),
      ),
  };
}

type Versioned<Value> = { version: string; value: Promise<Value> };

/** What is read after its version may be newer than it, never older. */
function remembered<Value>(
  map: RecentMap<string, Versioned<Value>>,
  key: string,
  version: string,
  read: () => Promise<Value>,
): Promise<Value> {
  const known = map.get(key);
  if (known?.version === version) return known.value;
  const value = read();
  const entry = { version, value };
  map.set(key, entry);
  value.catch(() => {
    if (map.get(key) === entry) map.delete(key);
  });
  return value;
}

interface Versions extends Disposable {
  of(tenant: string): string | Promise<string>;
}

/** In as many statements as needed, not one for each call. */
function askForVersions(run: RunStatement): Versions {
  const asked = createBatcher<string, string>((tenants) => readRevisions(run, tenants), {
    maxItems: 1000,
  });
  return { of: (tenant) => asked.add(tenant), [Symbol.dispose]: () => {} };
}

function countWrites(em: EntityManager): Versions {
  const counts = new Map<string, number>();
  const listening = onCommittedWrite(em, (tenant) => {
    counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  });
  return {
    of: (tenant) => String(counts.get(tenant) ?? 0),
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}

type Revision = { tenant: string; revision: string };

const selectRevisions = toStatement(
  'select tenant_id as tenant, revision from catalog_revisions where tenant_id = any($1::text[])',
);
/** Of one tenant, as most that ask at once are of: PostgreSQL plans the other one anew each time. */
const selectRevision = toStatement(
  'select tenant_id as tenant, revision from catalog_revisions where tenant_id = $1',
);

async function readRevisions(run: RunStatement, tenants: readonly string[]): Promise<string[]> {
  const [first, ...others] = new Set(tenants);
  const rows =
    first !== undefined && others.length === 0
      ? await run<Revision>(selectRevision, [first])
      : await run<Revision>(selectRevisions, [[...new Set(tenants)]]);
  const revisions = new Map(rows.map(({ tenant, revision }) => [tenant, revision]));
  return tenants.map((tenant) => revisions.get(tenant) ?? '0');
}

// The names of local tools decide how other tools are called, and belong to no tenant's revision: they change when a
// newer server starts beside this one.
function localToolsPeriod(): number {
  return Math.floor(performance.now() / 10_000);
}

async function readView(em: EntityManager, tenant: string, agentId: string): Promise<AgentView> {
  const views = await effectiveTools(em, tenant, [agentId]);
  const local = await query<{ name: string }>(em, 'select name from local_tools where is_active');
  const tools = views.get(agentId)?.tools ?? [];
  return {
    tools: new Map(tools.map(({ kind, id, name }) => [name, { kind, id }])),
    localNames: new Set(local.map(({ name }) => name)),
  };
}

type SealedCredential = {
  scheme: string;
  kind: CredentialKind;
  origin: string;
  secret: Record<string, string>;
};

type CallableRow = CallableEndpoint & {
  headers: Record<string, string> | null;
  headersOrigin: string | null;
  credentials: SealedCredential[] | null;
};

async function readEndpoint(
  em: EntityManager,
  sealer: Sealer,
  tenant: string,
  endpointId: string,
): Promise<Callable | null> {
  const [row] = await query<CallableRow>(
    em,
    `select e.id, e.tenant_id as "tenantId", e.api_id as "apiId", e.name, e.method, e.path,
       e.contract_hash as "contractHash", e.input_schema as "inputSchema", e.plan, a.base_url as "baseUrl",
       a.is_base_url_given as "isBaseUrlGiven", a.security_schemes as "securitySchemes", a.headers,
       a.headers_origin as "headersOrigin",
       (select json_agg(json_build_object('scheme', c.scheme, 'kind', c.kind, 'origin', c.origin, 'secret', c.secret))
        from api_credentials c where c.tenant_id = a.tenant_id and c.api_id = a.id) as credentials
     from endpoints e join apis a on a.tenant_id = e.tenant_id and a.id = e.api_id
     where e.tenant_id = $1 and e.id = $2::uuid`,
    [tenant, endpointId],
  );
  if (!row) return null;
  const { headers, headersOrigin, credentials, ...endpoint } = row;
  return {
    kind: 'ENDPOINT',
    endpoint,
    headers: headers && { values: openAll(sealer, headers), origin: headersOrigin },
    credentials: (credentials ?? []).map((one) => ({
      ...openCredential(sealer, one),
      origin: one.origin,
    })),
  };
}

async function readMcpTool(
  em: EntityManager,
  tenant: string,
  toolId: string,
): Promise<Callable | null> {
  const [tool] = await query<CallableMcpTool>(
    em,
    `select k.id, k.tenant_id as "tenantId", k.server_id as "serverId", s.name as "serverName",
       s.server_url as "serverUrl", s.transport, s.timeout_seconds as "timeoutSeconds", k.tool_name as name,
       k.name as "serverToolName", k.input_schema as "inputSchema", k.output_schema as "outputSchema", k.annotations,
       k.fingerprint
     from mcp_tools k join mcp_servers s on s.tenant_id = k.tenant_id and s.id = k.server_id
     where k.tenant_id = $1 and k.id = $2::uuid`,
    [tenant, toolId],
  );
  return tool ? { kind: 'MCP', tool } : null;
}

function openAll(sealer: Sealer, sealed: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sealed).map(([name, token]) => [name, sealer.open(token)]),
  );
}
