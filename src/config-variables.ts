/**
 * Every environment variable that `loadConfig` reads, in the order of `.env.example` and of the README's table.
 * `default` is what stands for an unset variable, in words where it depends; null = nothing.
 */
export const configVariables = [
  variable('PORT', '8009', 'Port to listen on.'),
  variable(
    'HOST',
    '127.0.0.1; 0.0.0.0 with AUTH_*',
    'Address to listen on. Without AUTH_* every caller is trusted, so only this machine can connect unless HOST says otherwise.',
  ),
  variable(
    'DATABASE_URL',
    null,
    'PostgreSQL, such as postgresql://user:password@host:5432/database. Unset: an embedded database in DATA_DIR.',
  ),
  variable(
    'DATA_DIR',
    './data',
    'Directory of the embedded database and of its generated credential key.',
  ),
  variable(
    'CREDENTIAL_SECRET',
    null,
    'Fernet key that seals stored credentials; required with DATABASE_URL, else generated once into DATA_DIR. Several with commas between: the first seals, all open; then run `npm run rotate-credentials`.',
  ),
  variable('DEFAULT_TENANT', null, 'Tenant of a request without x-tenantId. Without AUTH_* only.'),
  variable('LOG_LEVEL', 'INFO', 'One of TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL, SILENT.'),
  variable(
    'OPENAI_API_KEY',
    null,
    'Turns on descriptions written by an LLM, and is sent to the server of embeddings.',
  ),
  variable(
    'OPENAI_BASE_URL',
    'https://api.openai.com/v1',
    'Any server that speaks chat completions and, for EMBEDDINGS_MODEL, embeddings. Used with OPENAI_API_KEY only; its host needs no entry in EGRESS_ALLOW.',
  ),
  variable('OPENAI_MODEL', 'gpt-4o-mini', 'Model that writes descriptions.'),
  variable('OPENAI_TIMEOUT_MS', '20000', 'Milliseconds after which a description is given up.'),
  variable(
    'EMBEDDINGS_MODEL',
    null,
    'Model of embeddings, such as text-embedding-3-small: tools are then found by what they mean too. Needs OPENAI_API_KEY. Unset: by their words alone.',
  ),
  variable(
    'EGRESS_ALLOW',
    null,
    'Hosts, host:port, addresses or CIDRs, with commas between, that outgoing requests may reach although they are private, loopback or otherwise internal.',
  ),
  variable(
    'EGRESS_TIMEOUT_MS',
    '30000',
    'Milliseconds that one outgoing request may take, redirects included.',
  ),
  variable('MAX_BODY_BYTES', '52428800', 'Largest request body.'),
  variable(
    'MAX_DOCUMENT_BYTES',
    '52428800',
    'Largest API document, and largest file that one refers to.',
  ),
  variable('MAX_REFERENCED_FILES', '5000', 'Most files that one API document may reach by $ref.'),
  variable(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    null,
    'OpenTelemetry collector (OTLP over HTTP), such as http://localhost:4318: each tool call is sent as a span. Unset: no tracing.',
  ),
  variable(
    'CALL_TIMEOUT_MS',
    '30000',
    'Milliseconds that one tool call may take, retries included.',
  ),
  variable(
    'CALL_MAX_BYTES',
    '5242880',
    'Largest answer of a tool call; what is beyond is left out, and the answer says so.',
  ),
  variable(
    'CALL_MAX_STREAM_MS',
    '15000',
    'Milliseconds for which a streaming answer (SSE, NDJSON) is collected.',
  ),
  variable('CALL_HOST_CONCURRENCY', '64', 'Tool calls at once to one host; further ones wait.'),
  variable(
    'CALL_RETENTION_DAYS',
    '30',
    'Days for which records of tool calls are kept. 0: for ever.',
  ),
  variable(
    'CALL_LEASE_MS',
    '15000',
    'Milliseconds after which a running tool call whose process is silent counts as dead.',
  ),
  variable(
    'MCP_REFRESH_SECONDS',
    '300',
    'Seconds between two looks at the tools of a registered MCP server. 0: only when asked, or told by the server.',
  ),
  variable(
    'MCP_DRIFT',
    'hold',
    'What becomes of a suspicious change of an MCP tool: hold serves the version before until a person approves the new one, serve takes it over.',
  ),
  variable(
    'MCP_PUBLIC_URL',
    null,
    'Base URL under which browsers reach this service, such as https://tools.example.com: needed where a person authorizes an MCP server. Its host counts as our own at the MCP endpoint, whose metadata names it.',
  ),
  variable(
    'REDIS_URL',
    null,
    'Redis that execution workers and their callers meet on, such as redis://127.0.0.1:6379. Unset: submitted calls wait in the memory of the server.',
  ),
  variable(
    'WORKER',
    'on; off with REDIS_URL',
    'Whether the server executes submitted and delegated calls itself: on or off. `npm run worker` is a process that does nothing else.',
  ),
  variable('WORKER_TENANT', null, 'Tenant of delegated calls whose session names none.'),
  variable('WORKER_APP', null, 'Application of delegated calls whose session names none.'),
  variable('WORKER_AGENT', null, 'Agent of delegated calls whose session names none.'),
  variable(
    'WORKER_CONFIG',
    null,
    'JSON file that says who may call which tools and which are privileged. Unset: everybody may call what their agent has.',
  ),
  variable(
    'WORKER_GRANT_SECRET',
    null,
    'At least 32 bytes that sign grants (HS256): every delegated request then needs one. Unset: the session is enough.',
  ),
  variable('WORKER_CONCURRENCY', '16', 'Calls that one worker runs at once.'),
  variable(
    'WORKER_TENANT_CONCURRENCY',
    'seven eighths of WORKER_CONCURRENCY',
    'Calls of one tenant that one worker runs at once, so that the others find a place; more of its requests wait for any worker with room.',
  ),
  variable(
    'WORKER_MAX_LAG',
    '10000',
    'Requests that may wait for a worker; beyond that, submitted calls are refused.',
  ),
  variable(
    'WORKER_LEASE_MS',
    '15000',
    'Milliseconds after which the work of a silent worker is taken over by another one.',
  ),
  variable(
    'WORKER_GRACE_MS',
    '25000',
    'Milliseconds that running calls of a worker get after SIGTERM; then others take them over.',
  ),
  variable(
    'WORKER_JOBS',
    'redis with REDIS_URL, database with DATABASE_URL, else memory',
    'Where the state of jobs is kept: memory, redis or database.',
  ),
  variable(
    'WORKER_HEALTH_PORT',
    '9090; none beside the server',
    'Port on 127.0.0.1 for /healthz, /readyz and /metrics of a worker. 0: none.',
  ),
  variable('WORKER_STREAM', 'sg:stream:tools', 'Stream that requests are read from.'),
  variable('WORKER_GROUP', 'sg:tools', 'Consumer group of the workers.'),
  variable('WORKER_KEY_PREFIX', 'sg:tools:', 'Beginning of the keys of catalog, sessions, jobs.'),
  variable(
    'WORKER_REPLY_PREFIXES',
    'sg:stream:tools:reply:,sg:tools:reply:',
    'What the stream that a caller wants its reply on must begin with, with commas between.',
  ),
  variable('WORKER_DLQ', 'sg:stream:dlq', 'Stream that requests go to which are given up.'),
  variable(
    'WORKER_CATALOG_CHANNEL',
    'sg:pubsub:tools:catalog',
    'Channel that tells of a new version of the catalog.',
  ),
  variable(
    'WORKER_CONFIG_CHANNEL',
    'sys:config:updated',
    'Channel on which any message makes workers read WORKER_CONFIG again.',
  ),
  variable(
    'WORKER_REGISTRY_PREFIX',
    'sg:registry:service:tools:',
    'Beginning of the keys under which workers say that they are there.',
  ),
  variable('GRAPHIQL', 'on', 'Whether GET /graphql serves GraphiQL to a browser: on or off.'),
  variable(
    'GRAPHQL_INTROSPECTION',
    'on',
    'Whether the schema may be asked for, and errors suggest names: on or off.',
  ),
  variable(
    'GRAPHQL_ERROR_DETAIL',
    'off',
    'Whether an unforeseen error tells its message and stack: on or off. For development.',
  ),
  variable(
    'GRAPHQL_COMPILED',
    'on',
    'Whether GraphQL operations are compiled: on or off. The answers are the same, off takes longer.',
  ),
  variable('GRAPHQL_MAX_DEPTH', '15', 'Deepest nesting of fields in one GraphQL operation.'),
  variable('GRAPHQL_MAX_ALIASES', '100', 'Most aliases in one GraphQL operation.'),
  variable('GRAPHQL_MAX_DIRECTIVES', '50', 'Most directives in one GraphQL operation.'),
  variable('GRAPHQL_MAX_TOKENS', '15000', 'Most lexical tokens in one GraphQL document.'),
  variable(
    'GRAPHQL_MAX_COST',
    '250000',
    'Most objects that one GraphQL operation may ask for, lists counted by their `first`.',
  ),
  variable(
    'LIVE_CHECK_MS',
    '5000',
    'Milliseconds between two looks for catalog changes whose notification was lost.',
  ),
  variable(
    'LIVE_MAX_LAG',
    '2000',
    'Changes by which a subscriber may lag behind; then its subscription ends, to be resumed.',
  ),
  variable('LIVE_MAX_CONNECTIONS', '1000', 'Most sockets of one caller.'),
  variable('LIVE_MAX_SUBSCRIPTIONS', '1000', 'Most subscriptions of one caller.'),
  variable(
    'LIVE_INIT_TIMEOUT_MS',
    '5000',
    'Milliseconds that a socket may take to introduce itself.',
  ),
  variable('LIVE_PING_MS', '15000', 'Milliseconds between two pings of a socket.'),
  variable(
    'CHANGE_RETENTION_DAYS',
    '30',
    'Days for which catalog changes can be resumed from. 0: for ever.',
  ),
  variable(
    'AUTH_JWKS_URL',
    null,
    'Keys that verify bearer tokens. One of the three AUTH_JWKS_URL, AUTH_JWT_SECRET, AUTH_JWT_PUBLIC_KEY makes tokens required on every transport.',
  ),
  variable('AUTH_JWT_SECRET', null, 'Shared secret (HS256 and its kin) of at least 32 bytes.'),
  variable('AUTH_JWT_PUBLIC_KEY', null, 'Public key, PEM (line breaks may be written \\n) or JWK.'),
  variable(
    'AUTH_AUDIENCE',
    null,
    'Accepted audiences of a token, with commas between. Unset: not checked.',
  ),
  variable('AUTH_ISSUER', null, 'Accepted issuer of a token. Unset: not checked.'),
  variable('AUTH_TENANT_CLAIM', 'tenant_id', 'Claim that names the tenant.'),
  variable(
    'AUTH_APP_CLAIM',
    'app_id',
    'Claim that names the application; x-appId counts where a token has none.',
  ),
  variable(
    'AUTH_ALGORITHMS',
    'all that fit the key',
    'Accepted signature algorithms, with commas between.',
  ),
  variable(
    'AUTH_DEFAULT_SCOPES',
    'catalog:read catalog:write tools:call',
    'Scopes of a token that has neither a scope nor an scp claim.',
  ),
  variable(
    'ATI_JWT_PUBLIC_KEY',
    null,
    'P-256 public key that verifies tokens of the ATI proxy (ES256): path of a PEM file, or the PEM itself.',
  ),
  variable(
    'ATI_JWT_SECRET',
    null,
    'Shared secret of at least 32 bytes, in hexadecimal, that verifies tokens of the ATI proxy (HS256). Used without ATI_JWT_PUBLIC_KEY only.',
  ),
  variable(
    'ATI_JWT_ACCEPTED_AUDIENCES',
    null,
    'Audiences of tokens that the ATI proxy accepts, with commas between. Unset: the one of ATI_JWT_AUDIENCE.',
  ),
  variable('ATI_JWT_AUDIENCE', 'ati-proxy', 'Audience of tokens that the ATI proxy accepts.'),
  variable(
    'ATI_JWT_ISSUER',
    null,
    'Issuer of tokens that the ATI proxy accepts. Unset: not checked.',
  ),
  variable(
    'ATI_TENANT',
    'DEFAULT_TENANT where callers are trusted',
    'Tenant of callers of the ATI proxy whose token has no claim of AUTH_TENANT_CLAIM.',
  ),
  variable(
    'ATI_AGENT',
    'sub of the token',
    'Agent whose tools the ATI proxy serves to callers whose token has no agent_id.',
  ),
  variable(
    'ATI_DOWNLOAD_ALLOWLIST',
    null,
    'Hosts that file_manager:download may read, with commas between; *.example.com stands for the host and all under it. Unset: every host that outgoing requests may reach.',
  ),
  variable(
    'ATI_UPLOAD_DESTINATIONS',
    null,
    'Where file_manager:upload may put files: name=https://host/path/ with commas between, the first one unless told. Unset: nowhere.',
  ),
  variable('ATI_MAX_FILE_BYTES', '104857600', 'Largest file of file_manager.'),
  variable(
    'SKILLS_DIR',
    null,
    'Directory with a folder for each skill, read at start: what has changed there since it was read last is taken over.',
  ),
  variable(
    'SKILLS_TENANT',
    'DEFAULT_TENANT',
    'Tenant whose skills those of SKILLS_DIR become; one of the two is needed with it.',
  ),
  variable(
    'SHUTDOWN_GRACE_MS',
    '10000',
    'Milliseconds that running requests get after SIGTERM or Ctrl-C.',
  ),
] as const;

export type VariableName = (typeof configVariables)[number]['name'];

function variable<Name extends string>(name: Name, fallback: string | null, description: string) {
  return { name, default: fallback, description };
}
