import type { PublicKey } from './config-fields.js';

export type DatabaseConfig =
  | { readonly driver: 'pglite'; readonly dir: string }
  | { readonly driver: 'postgres'; readonly url: string };

export type TokenRules = {
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

/** GraphQL: what a caller may ask, and what one operation may cost at most. */
export type GraphqlConfig = {
  /** Whether `__schema` and `__type` may be asked, and errors suggest names. */
  readonly introspection: boolean;
  /** Whether an unforeseen error says its message and stack; for development. */
  readonly errorDetail: boolean;
  /** Whether `GET /graphql` serves GraphiQL to a browser. */
  readonly graphiql: boolean;
  /** Whether operations are compiled; otherwise graphql-js runs them. */
  readonly compiled: boolean;
  /** Levels of nested fields. */
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
  /** Lexical tokens of one document; a string is one token, however long. */
  readonly maxTokens: number;
  /** Objects that an operation may ask for, lists counted by their `first`. */
  readonly maxCost: number;
};

/** The change log and those who follow it. */
export type LiveConfig = {
  /** Between two looks at the database for changes whose notification was lost. */
  readonly checkMs: number;
  /** Changes older than this are deleted; 0 = never. */
  readonly retentionDays: number;
  /** Changes by which a subscriber may lag behind before it is closed. */
  readonly maxLag: number;
  /** Of one actor. */
  readonly maxConnections: number;
  /** Of one actor. */
  readonly maxSubscriptions: number;
  /** For `connection_init` after a socket opens. */
  readonly initTimeoutMs: number;
  /** Between two pings of a socket, and for the answer to one. */
  readonly pingMs: number;
};

/** MCP servers that are registered with us. */
export type McpConfig = {
  /** Between two looks at a server's tools; 0 = only when asked or told. */
  readonly refreshSeconds: number;
  /** What becomes of a suspicious change of a tool. */
  readonly drift: 'hold' | 'serve';
  /** Under which browsers reach this service, without a trailing slash; null: nobody can authorize in person. */
  readonly publicUrl: string | null;
};

/** What the worker and its callers meet on, and how it works. */
export type WorkerConfig = {
  /** Whether this process takes requests beside serving its own. */
  readonly isOn: boolean;
  /** For requests whose session does not say. */
  readonly tenant: string | null;
  readonly app: string | null;
  readonly agent: string | null;
  /** The file that says who may call what; null = everybody everything. */
  readonly policyPath: string | null;
  /** Calls at once in one process, and of those at most so many of one tenant. */
  readonly concurrency: number;
  readonly tenantConcurrency: number;
  /** Requests that may wait before no more are admitted. */
  readonly maxLag: number;
  /** A job whose process is silent for this long is taken over. */
  readonly leaseMs: number;
  /** For what runs when the process is told to stop. */
  readonly graceMs: number;
  /** Where the state of jobs is kept. */
  readonly jobs: 'memory' | 'redis' | 'database';
  /** On 127.0.0.1; null = 9090 for a worker by itself, none beside the server; 0 = none. */
  readonly healthPort: number | null;
  readonly names: WorkerNames;
};

/** How things are called in Redis. */
export type WorkerNames = {
  readonly stream: string;
  readonly group: string;
  readonly keyPrefix: string;
  readonly deadLetterStream: string;
  readonly catalogChannel: string;
  readonly configChannel: string;
  readonly registryPrefix: string;
  /** What a stream for replies must begin with. */
  readonly replyPrefixes: readonly string[];
};

/** The ATI proxy under `/proxy`. The HMAC secret itself is `secrets.atiJwtSecret`. */
export type AtiConfig = {
  /** Path of the PEM file that verifies tokens, or the PEM itself. */
  readonly publicKey: string | null;
  /** A token is for one of these. */
  readonly audiences: readonly string[];
  readonly issuer: string | null;
  /** For callers whose token names none. */
  readonly tenant: string | null;
  readonly agent: string | null;
  /** Hosts that files may be downloaded from, `*.` for all under one; null: any that the egress guard lets through. */
  readonly downloadHosts: readonly string[] | null;
  /** Where files may be uploaded to, by name: URLs that a file's name is appended to. */
  readonly uploadDestinations: readonly { readonly name: string; readonly url: string }[];
  readonly maxFileBytes: number;
};

export type Config = {
  readonly server: { readonly host: string; readonly port: number };
  readonly database: DatabaseConfig;
  readonly secrets: {
    /** Fernet keys, the first one seals. Null (embedded database only): the key lives in the data directory. */
    readonly credentialKeys: readonly string[] | null;
    readonly openaiApiKey: string | null;
    readonly jwtSecret: string | null;
    /** Hexadecimal. */
    readonly atiJwtSecret: string | null;
    /** Signs the grants of delegated calls; null: they need none. */
    readonly workerGrantSecret: string | null;
  };
  readonly tenancy: { readonly defaultTenant: string | null };
  readonly log: { readonly level: string };
  /** Null without an API key. */
  readonly llm: LlmConfig | null;
  /** Null: tools are found by their words alone. */
  readonly embeddings: LlmConfig | null;
  /** `allow` has hosts, host:port, addresses and CIDRs, each checked. */
  readonly egress: { readonly allow: readonly string[]; readonly timeoutMs: number };
  readonly limits: {
    readonly maxBodyBytes: number;
    readonly maxDocumentBytes: number;
    readonly maxReferencedFiles: number;
  };
  /** Null: the actor comes from trusted headers. */
  readonly auth: AuthConfig | null;
  readonly graphql: GraphqlConfig;
  readonly live: LiveConfig;
  readonly calls: CallsConfig;
  readonly mcp: McpConfig;
  readonly ati: AtiConfig;
  /** Skills that are read at start, and whose they become; null: none. */
  readonly skills: { readonly dir: string; readonly tenant: string } | null;
  /** Null: what would be in Redis is in the memory of this process. */
  readonly redis: { readonly url: string } | null;
  readonly worker: WorkerConfig;
  /** Where spans go, OTLP over HTTP; null = no tracing. */
  readonly tracing: { readonly endpoint: string } | null;
  readonly shutdown: { readonly graceMs: number };
};
