import { z } from 'zod';
import * as fields from './config-fields.js';
import type { AtiConfig, AuthConfig, Config, TokenRules } from './config-types.js';
import { configVariables, type VariableName } from './config-variables.js';
import { toWorker, workerIssues, workerVariables } from './config-worker.js';
import { scopes } from './context.js';
import { AppError, type InputIssue } from './errors.js';

const hmacAlgorithms = ['HS256', 'HS384', 'HS512'] as const;
const keyPairAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const maxSize = 1024 ** 3;

const groups = {
  server: z.object({
    PORT: fields.integer(8009, { min: 0, max: 65_535 }),
    HOST: fields.hostName,
  }),
  database: z.object({
    DATABASE_URL: fields.databaseUrl,
    DATA_DIR: fields.plainText('./data'),
    CREDENTIAL_SECRET: fields.fernetKeys,
  }),
  tenancy: z.object({ DEFAULT_TENANT: fields.identity }),
  log: z.object({ LOG_LEVEL: fields.logLevel }),
  llm: z.object({
    OPENAI_API_KEY: fields.oneLine(null),
    OPENAI_BASE_URL: fields.httpUrl('https://api.openai.com/v1', { secure: false }),
    OPENAI_MODEL: fields.oneLine('gpt-4o-mini'),
    OPENAI_TIMEOUT_MS: fields.integer(20_000, { min: 1, max: 600_000 }),
    EMBEDDINGS_MODEL: fields.oneLine(null),
  }),
  egress: z.object({
    EGRESS_ALLOW: fields.egressRules,
    EGRESS_TIMEOUT_MS: fields.integer(30_000, { min: 1, max: 600_000 }),
  }),
  limits: z.object({
    MAX_BODY_BYTES: fields.integer(50 * 1024 ** 2, { min: 1024, max: maxSize }),
    MAX_DOCUMENT_BYTES: fields.integer(50 * 1024 ** 2, { min: 1024, max: maxSize }),
    MAX_REFERENCED_FILES: fields.integer(5000, { min: 0, max: 100_000 }),
  }),
  auth: z.object({
    AUTH_JWKS_URL: fields.httpUrl(null, { secure: true }),
    AUTH_JWT_SECRET: fields.jwtSecret,
    AUTH_JWT_PUBLIC_KEY: fields.publicKey,
    AUTH_AUDIENCE: fields.plainText(null),
    AUTH_ISSUER: fields.plainText(null),
    AUTH_TENANT_CLAIM: fields.oneLine('tenant_id'),
    AUTH_APP_CLAIM: fields.oneLine('app_id'),
    AUTH_ALGORITHMS: fields.wordList(null, [...hmacAlgorithms, ...keyPairAlgorithms]),
    AUTH_DEFAULT_SCOPES: fields.wordList(Object.values(scopes), Object.values(scopes)),
  }),
  tracing: z.object({
    OTEL_EXPORTER_OTLP_ENDPOINT: fields.httpUrl(null, { secure: false }),
  }),
  graphql: z.object({
    GRAPHQL_INTROSPECTION: fields.onOff(true),
    GRAPHQL_ERROR_DETAIL: fields.onOff(false),
    GRAPHIQL: fields.onOff(true),
    GRAPHQL_COMPILED: fields.onOff(true),
    GRAPHQL_MAX_DEPTH: fields.integer(15, { min: 1, max: 1000 }),
    GRAPHQL_MAX_ALIASES: fields.integer(100, { min: 0, max: 100_000 }),
    GRAPHQL_MAX_DIRECTIVES: fields.integer(50, { min: 0, max: 100_000 }),
    GRAPHQL_MAX_TOKENS: fields.integer(15_000, { min: 100, max: 10_000_000 }),
    GRAPHQL_MAX_COST: fields.integer(250_000, { min: 100, max: 1_000_000_000 }),
  }),
  live: z.object({
    LIVE_CHECK_MS: fields.integer(5000, { min: 100, max: 600_000 }),
    LIVE_MAX_LAG: fields.integer(2000, { min: 10, max: 1_000_000 }),
    LIVE_MAX_CONNECTIONS: fields.integer(1000, { min: 1, max: 1_000_000 }),
    LIVE_MAX_SUBSCRIPTIONS: fields.integer(1000, { min: 1, max: 1_000_000 }),
    LIVE_INIT_TIMEOUT_MS: fields.integer(5000, { min: 1, max: 600_000 }),
    LIVE_PING_MS: fields.integer(15_000, { min: 100, max: 600_000 }),
    CHANGE_RETENTION_DAYS: fields.integer(30, { min: 0, max: 36_500 }),
  }),
  calls: z.object({
    CALL_TIMEOUT_MS: fields.integer(30_000, { min: 1, max: 600_000 }),
    CALL_MAX_BYTES: fields.integer(5 * 1024 ** 2, { min: 1024, max: 100 * 1024 ** 2 }),
    CALL_MAX_STREAM_MS: fields.integer(15_000, { min: 1, max: 600_000 }),
    CALL_HOST_CONCURRENCY: fields.integer(64, { min: 1, max: 10_000 }),
    CALL_RETENTION_DAYS: fields.integer(30, { min: 0, max: 36_500 }),
    CALL_LEASE_MS: fields.integer(15_000, { min: 1000, max: 600_000 }),
  }),
  mcp: z.object({
    MCP_REFRESH_SECONDS: fields.integer(300, { min: 0, max: 86_400 }),
    MCP_DRIFT: fields.oneOf('hold', ['hold', 'serve']),
    MCP_PUBLIC_URL: fields.httpUrl(null, { secure: true }),
  }),
  redis: z.object({ REDIS_URL: fields.redisUrl }),
  worker: workerVariables,
  ati: z.object({
    ATI_JWT_PUBLIC_KEY: fields.pemSource,
    ATI_JWT_SECRET: fields.hexSecret,
    ATI_JWT_ACCEPTED_AUDIENCES: fields.plainText(null),
    ATI_JWT_AUDIENCE: fields.plainText('ati-proxy'),
    ATI_JWT_ISSUER: fields.plainText(null),
    ATI_TENANT: fields.identity,
    ATI_AGENT: fields.identity,
    ATI_DOWNLOAD_ALLOWLIST: fields.hostPatterns,
    ATI_UPLOAD_DESTINATIONS: fields.namedUrls,
    ATI_MAX_FILE_BYTES: fields.integer(100 * 1024 ** 2, { min: 1024, max: 256 * 1024 ** 2 }),
  }),
  skills: z.object({ SKILLS_DIR: fields.plainText(null), SKILLS_TENANT: fields.identity }),
  shutdown: z.object({ SHUTDOWN_GRACE_MS: fields.integer(10_000, { min: 0, max: 600_000 }) }),
};

type Groups = { [Name in keyof typeof groups]: z.output<(typeof groups)[Name]> };
type SetVariables = Partial<Record<VariableName, string>>;

const authKeys = ['AUTH_JWKS_URL', 'AUTH_JWT_SECRET', 'AUTH_JWT_PUBLIC_KEY'] as const;

/**
 * The configuration of one process, from its environment. Pure: reads nothing but `env`, and only the names in
 * `configVariables`; a blank value counts as unset.
 * Throws INVALID_INPUT with one line per variable that is wrong or missing (`details.issues` has them one by one).
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const set = readVariables(env);
  const issues: InputIssue[] = [...presenceIssues(set)];
  const parsed = parseGroups(set, issues);
  if (parsed) issues.push(...algorithmIssues(parsed.auth), ...workerIssues(parsed.worker, set));
  if (!parsed || issues.length > 0) throw configError(issues);
  return toConfig(parsed);
}

function readVariables(env: Record<string, string | undefined>): SetVariables {
  const set: SetVariables = {};
  for (const { name } of configVariables) {
    const value = env[name]?.trim();
    if (value) set[name] = value;
  }
  return set;
}

function parseGroups(set: SetVariables, issues: InputIssue[]): Groups | null {
  const entries = Object.entries(groups).map(([name, schema]) => {
    const parsed = schema.safeParse(set);
    for (const { path, message, code } of parsed.error?.issues ?? []) {
      issues.push({ path: [String(path[0])], message, code });
    }
    return [name, parsed.data] as const;
  });
  if (entries.some(([, data]) => data === undefined)) return null;
  // Each entry holds the output of the schema of the same name.
  return Object.fromEntries(entries) as Groups;
}

function presenceIssues(set: SetVariables): InputIssue[] {
  const issues: InputIssue[] = [];
  if (set.DATABASE_URL && !set.CREDENTIAL_SECRET) {
    issues.push(
      issue(
        'CREDENTIAL_SECRET',
        'is required with DATABASE_URL: a Fernet key (32 bytes in url-safe base64) that seals stored credentials',
      ),
    );
  }
  if (set.EMBEDDINGS_MODEL && !set.OPENAI_API_KEY) {
    issues.push(
      issue('EMBEDDINGS_MODEL', 'needs OPENAI_API_KEY: any value for a server that asks for none'),
    );
  }
  if (set.SKILLS_DIR && !set.SKILLS_TENANT && !set.DEFAULT_TENANT) {
    issues.push(
      issue('SKILLS_TENANT', 'is required with SKILLS_DIR where there is no DEFAULT_TENANT'),
    );
  }
  const keys = authKeys.filter((name) => set[name]);
  for (const name of keys.slice(1)) {
    issues.push(issue(name, `cannot stand beside ${keys[0]}: set one way to verify tokens`));
  }
  if (keys.length === 0) {
    for (const { name } of configVariables) {
      if (name.startsWith('AUTH_') && set[name]) {
        issues.push(
          issue(name, `needs a key to verify tokens with: set one of ${authKeys.join(', ')}`),
        );
      }
    }
  }
  return issues;
}

function algorithmIssues(auth: Groups['auth']): InputIssue[] {
  const possible = possibleAlgorithms(auth);
  const wrong = auth.AUTH_ALGORITHMS?.filter((name) => !possible.includes(name)) ?? [];
  if (possible.length === 0 || wrong.length === 0) return [];
  return [
    issue(
      'AUTH_ALGORITHMS',
      `names ${wrong.join(', ')}, which the key cannot verify: it can verify ${possible.join(', ')}`,
    ),
  ];
}

/** By key: an HMAC secret has at least the length of the hash (RFC 7518, section 3.2). */
function possibleAlgorithms(auth: Groups['auth']): readonly string[] {
  if (auth.AUTH_JWT_PUBLIC_KEY) return auth.AUTH_JWT_PUBLIC_KEY.algorithms;
  if (auth.AUTH_JWKS_URL) return keyPairAlgorithms;
  const bits = 8 * Buffer.byteLength(auth.AUTH_JWT_SECRET ?? '');
  return hmacAlgorithms.filter((name) => bits >= Number(name.slice(2)));
}

function toLlm(llm: Groups['llm'], model: string | null): Config['llm'] {
  if (!llm.OPENAI_API_KEY || !model) return null;
  const baseUrl = llm.OPENAI_BASE_URL.replace(/\/+$/, '');
  return { baseUrl, model, timeoutMs: llm.OPENAI_TIMEOUT_MS };
}

function toConfig(groups: Groups): Config {
  const { server, database, tenancy, log, llm, egress, limits, ...rest } = groups;
  const auth = toAuth(rest.auth);
  return {
    server: { port: server.PORT, host: server.HOST ?? (auth ? '0.0.0.0' : '127.0.0.1') },
    database: database.DATABASE_URL
      ? { driver: 'postgres', url: database.DATABASE_URL }
      : { driver: 'pglite', dir: database.DATA_DIR },
    secrets: {
      credentialKeys: database.CREDENTIAL_SECRET,
      openaiApiKey: llm.OPENAI_API_KEY,
      jwtSecret: rest.auth.AUTH_JWT_SECRET,
      atiJwtSecret: rest.ati.ATI_JWT_SECRET,
      workerGrantSecret: rest.worker.WORKER_GRANT_SECRET,
    },
    tenancy: { defaultTenant: tenancy.DEFAULT_TENANT },
    log: { level: log.LOG_LEVEL },
    llm: toLlm(llm, llm.OPENAI_MODEL),
    embeddings: toLlm(llm, llm.EMBEDDINGS_MODEL),
    egress: { allow: egress.EGRESS_ALLOW, timeoutMs: egress.EGRESS_TIMEOUT_MS },
    limits: {
      maxBodyBytes: limits.MAX_BODY_BYTES,
      maxDocumentBytes: limits.MAX_DOCUMENT_BYTES,
      maxReferencedFiles: limits.MAX_REFERENCED_FILES,
    },
    auth,
    tracing: rest.tracing.OTEL_EXPORTER_OTLP_ENDPOINT
      ? { endpoint: rest.tracing.OTEL_EXPORTER_OTLP_ENDPOINT }
      : null,
    graphql: {
      introspection: rest.graphql.GRAPHQL_INTROSPECTION,
      errorDetail: rest.graphql.GRAPHQL_ERROR_DETAIL,
      graphiql: rest.graphql.GRAPHIQL,
      compiled: rest.graphql.GRAPHQL_COMPILED,
      maxDepth: rest.graphql.GRAPHQL_MAX_DEPTH,
      maxAliases: rest.graphql.GRAPHQL_MAX_ALIASES,
      maxDirectives: rest.graphql.GRAPHQL_MAX_DIRECTIVES,
      maxTokens: rest.graphql.GRAPHQL_MAX_TOKENS,
      maxCost: rest.graphql.GRAPHQL_MAX_COST,
    },
    live: {
      checkMs: rest.live.LIVE_CHECK_MS,
      retentionDays: rest.live.CHANGE_RETENTION_DAYS,
      maxLag: rest.live.LIVE_MAX_LAG,
      maxConnections: rest.live.LIVE_MAX_CONNECTIONS,
      maxSubscriptions: rest.live.LIVE_MAX_SUBSCRIPTIONS,
      initTimeoutMs: rest.live.LIVE_INIT_TIMEOUT_MS,
      pingMs: rest.live.LIVE_PING_MS,
    },
    calls: {
      timeoutMs: rest.calls.CALL_TIMEOUT_MS,
      maxBytes: rest.calls.CALL_MAX_BYTES,
      maxStreamMs: rest.calls.CALL_MAX_STREAM_MS,
      hostConcurrency: rest.calls.CALL_HOST_CONCURRENCY,
      retentionDays: rest.calls.CALL_RETENTION_DAYS,
      leaseMs: rest.calls.CALL_LEASE_MS,
    },
    mcp: {
      refreshSeconds: rest.mcp.MCP_REFRESH_SECONDS,
      drift: rest.mcp.MCP_DRIFT,
      publicUrl: rest.mcp.MCP_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    },
    redis: rest.redis.REDIS_URL ? { url: rest.redis.REDIS_URL } : null,
    worker: toWorker(rest.worker, {
      hasRedis: rest.redis.REDIS_URL !== null,
      hasServer: database.DATABASE_URL !== null,
    }),
    ati: toAti(rest.ati),
    skills: toSkills(rest.skills, tenancy.DEFAULT_TENANT),
    shutdown: { graceMs: rest.shutdown.SHUTDOWN_GRACE_MS },
  };
}

/** A list of nothing but commas is as good as none: it never means everybody. */
function toAti(ati: Groups['ati']): AtiConfig {
  const audiences = (ati.ATI_JWT_ACCEPTED_AUDIENCES ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return {
    publicKey: ati.ATI_JWT_PUBLIC_KEY,
    audiences: audiences.length > 0 ? audiences : [ati.ATI_JWT_AUDIENCE],
    issuer: ati.ATI_JWT_ISSUER,
    tenant: ati.ATI_TENANT,
    agent: ati.ATI_AGENT,
    downloadHosts: ati.ATI_DOWNLOAD_ALLOWLIST,
    uploadDestinations: ati.ATI_UPLOAD_DESTINATIONS,
    maxFileBytes: ati.ATI_MAX_FILE_BYTES,
  };
}

/** `presenceIssues` has seen to a tenant. */
function toSkills({ SKILLS_DIR: dir, SKILLS_TENANT }: Groups['skills'], fallback: string | null) {
  const tenant = SKILLS_TENANT ?? fallback;
  return dir !== null && tenant !== null ? { dir, tenant } : null;
}

function toAuth(auth: Groups['auth']): AuthConfig | null {
  const rules: TokenRules = {
    audience: auth.AUTH_AUDIENCE?.split(',').map((part) => part.trim()) ?? null,
    issuer: auth.AUTH_ISSUER,
    tenantClaim: auth.AUTH_TENANT_CLAIM,
    appClaim: auth.AUTH_APP_CLAIM,
    algorithms: auth.AUTH_ALGORITHMS ?? possibleAlgorithms(auth),
    defaultScopes: auth.AUTH_DEFAULT_SCOPES,
  };
  if (auth.AUTH_JWKS_URL) return { ...rules, kind: 'jwks', jwksUrl: auth.AUTH_JWKS_URL };
  if (auth.AUTH_JWT_SECRET) return { ...rules, kind: 'secret' };
  if (auth.AUTH_JWT_PUBLIC_KEY) {
    return { ...rules, kind: 'publicKey', publicKey: auth.AUTH_JWT_PUBLIC_KEY.key };
  }
  return null;
}

function issue(name: VariableName, message: string): InputIssue {
  return { path: [name], message, code: 'custom' };
}

function configError(issues: InputIssue[]): AppError {
  const order = new Map<string, number>(configVariables.map(({ name }, index) => [name, index]));
  const sorted = issues.toSorted(
    (a, b) => (order.get(String(a.path[0])) ?? 0) - (order.get(String(b.path[0])) ?? 0),
  );
  const head =
    sorted.length === 1
      ? 'The configuration has a problem:'
      : `The configuration has ${sorted.length} problems:`;
  const lines = sorted.map(({ path, message }) => `  ${path[0]} ${message}.`);
  return new AppError('INVALID_INPUT', [head, ...lines].join('\n'), { issues: sorted });
}
