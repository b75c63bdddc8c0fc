import { z } from 'zod';
import type { PublicKey } from './config-fields.js';
import * as fields from './config-fields.js';
import { configVariables, type VariableName } from './config-variables.js';
import { scopes } from './context.js';
import { AppError, type InputIssue } from './errors.js';

export type DatabaseConfig =
  | { readonly driver: 'pglite'; readonly dir: string }
  | { readonly driver: 'postgres'; readonly url: string };

type TokenRules = {
  /** Refused unless one of these is in `aud`; null = not checked. */
  readonly audience: readonly string[] | null;
  readonly issuer: string | null;
  readonly tenantClaim: string;
  readonly appClaim: string;
  /** JWS algorithms that are accepted; never `none`. */
  readonly algorithms: readonly string[];
  /** Scopes of a token that names none. */
  readonly defaultScopes: readonly string[];
};

/** How bearer tokens are verified. The HMAC secret itself is `secrets.jwtSecret`. */
export type AuthConfig = TokenRules &
  (
    | { readonly kind: 'jwks'; readonly jwksUrl: string }
    | { readonly kind: 'secret' }
    | { readonly kind: 'publicKey'; readonly publicKey: PublicKey['key'] }
  );

export type LlmConfig = {
  readonly baseUrl: string;
  readonly model: string;
  readonly timeoutMs: number;
};

export type CallsConfig = {
  /** Of one call, retries included. */
  readonly timeoutMs: number;
  /** Of one answer, after decompression; what is beyond is left out. */
  readonly maxBytes: number;
  /** How long a streaming answer is collected. */
  readonly maxStreamMs: number;
  /** Calls at once to one host. */
  readonly hostConcurrency: number;
  /** Records older than this are deleted; 0 = never. */
  readonly retentionDays: number;
  /** A running call whose process is silent for this long counts as dead. */
  readonly leaseMs: number;
};

export type Config = {
  readonly server: { readonly host: string; readonly port: number };
  readonly database: DatabaseConfig;
  readonly secrets: {
    /** Fernet keys, the first one seals. Null (embedded database only): the key lives in the data directory. */
    readonly credentialKeys: readonly string[] | null;
    readonly openaiApiKey: string | null;
    readonly jwtSecret: string | null;
  };
  readonly tenancy: { readonly defaultTenant: string | null };
  readonly log: { readonly level: string };
  /** Null without an API key. */
  readonly llm: LlmConfig | null;
  /** `allow` has hosts, host:port, addresses and CIDRs, each checked. */
  readonly egress: { readonly allow: readonly string[]; readonly timeoutMs: number };
  readonly limits: {
    readonly maxBodyBytes: number;
    readonly maxDocumentBytes: number;
    readonly maxReferencedFiles: number;
  };
  /** Null: the actor comes from trusted headers. */
  readonly auth: AuthConfig | null;
  readonly calls: CallsConfig;
  /** Where spans go, OTLP over HTTP; null = no tracing. */
  readonly tracing: { readonly endpoint: string } | null;
  readonly shutdown: { readonly graceMs: number };
};

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
  calls: z.object({
    CALL_TIMEOUT_MS: fields.integer(30_000, { min: 1, max: 600_000 }),
    CALL_MAX_BYTES: fields.integer(5 * 1024 ** 2, { min: 1024, max: 100 * 1024 ** 2 }),
    CALL_MAX_STREAM_MS: fields.integer(15_000, { min: 1, max: 600_000 }),
    CALL_HOST_CONCURRENCY: fields.integer(64, { min: 1, max: 10_000 }),
    CALL_RETENTION_DAYS: fields.integer(30, { min: 0, max: 36_500 }),
    CALL_LEASE_MS: fields.integer(15_000, { min: 1000, max: 600_000 }),
  }),
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
  if (parsed) issues.push(...algorithmIssues(parsed.auth));
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
    },
    tenancy: { defaultTenant: tenancy.DEFAULT_TENANT },
    log: { level: log.LOG_LEVEL },
    llm: llm.OPENAI_API_KEY
      ? {
          baseUrl: llm.OPENAI_BASE_URL.replace(/\/+$/, ''),
          model: llm.OPENAI_MODEL,
          timeoutMs: llm.OPENAI_TIMEOUT_MS,
        }
      : null,
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
    calls: {
      timeoutMs: rest.calls.CALL_TIMEOUT_MS,
      maxBytes: rest.calls.CALL_MAX_BYTES,
      maxStreamMs: rest.calls.CALL_MAX_STREAM_MS,
      hostConcurrency: rest.calls.CALL_HOST_CONCURRENCY,
      retentionDays: rest.calls.CALL_RETENTION_DAYS,
      leaseMs: rest.calls.CALL_LEASE_MS,
    },
    shutdown: { graceMs: rest.shutdown.SHUTDOWN_GRACE_MS },
  };
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
