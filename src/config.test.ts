import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { configVariables } from './config-variables.js';
import { AppError } from './errors.js';

const fernetKey = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=';
const otherKey = 'A'.repeat(43).concat('=');
const secret = 's'.repeat(32);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const privatePem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const weakPem = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const ed25519 = generateKeyPairSync('ed25519');
const jwk = JSON.stringify(ed25519.publicKey.export({ format: 'jwk' }));
const privateJwk = JSON.stringify(ed25519.privateKey.export({ format: 'jwk' }));

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('INVALID_INPUT');
    return error.message.split('\n').slice(1);
  }
}

describe('loadConfig', () => {
  it('needs no variable at all', () => {
    expect(loadConfig({})).toEqual({
      server: { host: '127.0.0.1', port: 8009 },
      database: { driver: 'pglite', dir: './data' },
      secrets: {
        credentialKeys: null,
        openaiApiKey: null,
        jwtSecret: null,
        atiJwtSecret: null,
        workerGrantSecret: null,
      },
      tenancy: { defaultTenant: null },
      log: { level: 'info' },
      llm: null,
      embeddings: null,
      egress: { allow: [], timeoutMs: 30_000 },
      limits: {
        maxBodyBytes: 50 * 1024 ** 2,
        maxDocumentBytes: 50 * 1024 ** 2,
        maxReferencedFiles: 5000,
      },
      auth: null,
      tracing: null,
      graphql: {
        introspection: true,
        errorDetail: false,
        graphiql: true,
        compiled: true,
        maxDepth: 15,
        maxAliases: 100,
        maxDirectives: 50,
        maxTokens: 15_000,
        maxCost: 250_000,
      },
      live: {
        checkMs: 5000,
        retentionDays: 30,
        maxLag: 2000,
        maxConnections: 1000,
        maxSubscriptions: 1000,
        initTimeoutMs: 5000,
        pingMs: 15_000,
      },
      calls: {
        timeoutMs: 30_000,
        maxBytes: 5_242_880,
        maxStreamMs: 15_000,
        hostConcurrency: 64,
        retentionDays: 30,
        leaseMs: 15_000,
      },
      mcp: { refreshSeconds: 300, drift: 'hold', publicUrl: null },
      redis: null,
      worker: {
        isOn: true,
        tenant: null,
        app: null,
        agent: null,
        policyPath: null,
        concurrency: 16,
        tenantConcurrency: 14,
        maxLag: 10_000,
        leaseMs: 15_000,
        graceMs: 25_000,
        jobs: 'memory',
        healthPort: null,
        names: {
          stream: 'sg:stream:tools',
          group: 'sg:tools',
          keyPrefix: 'sg:tools:',
          deadLetterStream: 'sg:stream:dlq',
          catalogChannel: 'sg:pubsub:tools:catalog',
          configChannel: 'sys:config:updated',
          registryPrefix: 'sg:registry:service:tools:',
          replyPrefixes: ['sg:stream:tools:reply:', 'sg:tools:reply:'],
        },
      },
      ati: {
        publicKey: null,
        audiences: ['ati-proxy'],
        issuer: null,
        tenant: null,
        agent: null,
        downloadHosts: null,
        uploadDestinations: [],
        maxFileBytes: 104_857_600,
      },
      skills: null,
      shutdown: { graceMs: 10_000 },
    });
  });

  it.each([
    [{}, { isOn: true, jobs: 'memory' }],
    [
      { DATABASE_URL: 'postgres://h/d', CREDENTIAL_SECRET: fernetKey },
      { isOn: true, jobs: 'database' },
    ],
    [{ REDIS_URL: 'redis://h' }, { isOn: false, jobs: 'redis' }],
    [
      { REDIS_URL: 'redis://h', WORKER: '1' },
      { isOn: true, jobs: 'redis' },
    ],
    [
      { REDIS_URL: 'redis://h', WORKER_JOBS: 'database' },
      { isOn: false, jobs: 'database' },
    ],
    [{ WORKER_CONCURRENCY: '1' }, { concurrency: 1, tenantConcurrency: 1 }],
    [{ WORKER_CONCURRENCY: '8' }, { concurrency: 8, tenantConcurrency: 7 }],
  ])('takes from %j what the worker does by default', (env, worker) => {
    expect(loadConfig(env).worker).toMatchObject(worker);
  });

  it('counts a blank value as unset', () => {
    const blank = Object.fromEntries(configVariables.map(({ name }) => [name, ' ']));
    expect(loadConfig(blank)).toEqual(loadConfig({}));
  });

  it('gives the skills of a directory to the default tenant unless told otherwise', () => {
    const env = { SKILLS_DIR: './skills', DEFAULT_TENANT: 'acme' };
    expect(loadConfig(env).skills).toEqual({ dir: './skills', tenant: 'acme' });
    expect(loadConfig({ ...env, SKILLS_TENANT: 'umbrella' }).skills?.tenant).toBe('umbrella');
  });

  it('finds tools by meaning with the server of the LLM', () => {
    const env = { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'http://llm.internal:4000/v1/' };
    expect(loadConfig(env).embeddings).toBeNull();
    expect(loadConfig({ ...env, EMBEDDINGS_MODEL: 'bge-small' }).embeddings).toEqual({
      baseUrl: 'http://llm.internal:4000/v1',
      model: 'bge-small',
      timeoutMs: 20_000,
    });
  });

  it('reads a full PostgreSQL set-up', () => {
    const config = loadConfig({
      PORT: '80',
      DATABASE_URL: 'postgresql://u:p@db:5432/tools',
      CREDENTIAL_SECRET: `${fernetKey}, ${otherKey}`,
      DEFAULT_TENANT: 'acme',
      OPENAI_API_KEY: 'sk-1',
      OPENAI_BASE_URL: 'http://llm.internal:4000/v1/',
      EGRESS_ALLOW: 'api.internal, 10.0.0.0/8,[::1]:8080 , localhost:9000',
      AUTH_JWT_SECRET: secret,
      AUTH_AUDIENCE: 'tools, catalog',
    });
    expect(config.server).toEqual({ host: '0.0.0.0', port: 80 });
    expect(config.database).toEqual({ driver: 'postgres', url: 'postgresql://u:p@db:5432/tools' });
    expect(config.secrets).toEqual({
      credentialKeys: [fernetKey, otherKey],
      openaiApiKey: 'sk-1',
      jwtSecret: secret,
      atiJwtSecret: null,
      workerGrantSecret: null,
    });
    expect(config.llm).toEqual({
      baseUrl: 'http://llm.internal:4000/v1',
      model: 'gpt-4o-mini',
      timeoutMs: 20_000,
    });
    expect(config.egress.allow).toEqual([
      'api.internal',
      '10.0.0.0/8',
      '[::1]:8080',
      'localhost:9000',
    ]);
    expect(config.auth).toEqual({
      kind: 'secret',
      audience: ['tools', 'catalog'],
      issuer: null,
      tenantClaim: 'tenant_id',
      appClaim: 'app_id',
      algorithms: ['HS256'],
      defaultScopes: ['catalog:read', 'catalog:write', 'tools:call'],
    });
  });

  it.each([
    ['WARNING', 'warn'],
    ['CRITICAL', 'fatal'],
    ['Debug', 'debug'],
    ['INFO', 'info'],
  ])('knows the log level %s of the old service as %s', (LOG_LEVEL, level) => {
    expect(loadConfig({ LOG_LEVEL }).log.level).toBe(level);
  });

  it.each([
    ['PEM', pem, 'RS256'],
    ['PEM on one line', pem.replaceAll('\n', '\\n'), 'RS256'],
    ['JWK', jwk, 'EdDSA'],
  ])('takes a public key as %s and the algorithms that fit it', (_, key, algorithm) => {
    const { auth } = loadConfig({ AUTH_JWT_PUBLIC_KEY: key });
    expect(auth).toMatchObject({ kind: 'publicKey' });
    expect(auth?.algorithms).toContain(algorithm);
    expect(auth?.algorithms).not.toContain('HS256');
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ PORT: '80a' }, /PORT must be a whole number from 0 to 65535, but is "80a"/],
    [{ PORT: '70000' }, /PORT must be a whole number/],
    [{ MAX_BODY_BYTES: '64MB' }, /MAX_BODY_BYTES must be a whole number/],
    [{ SHUTDOWN_GRACE_MS: '-1' }, /SHUTDOWN_GRACE_MS must be a whole number/],
    [{ HOST: 'http://x' }, /HOST must be a host name or an address/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL must be one of .*critical.* is "loud"/],
    [{ DEFAULT_TENANT: 'a,b' }, /DEFAULT_TENANT must not contain a comma/],
    [{ SKILLS_DIR: './skills' }, /SKILLS_TENANT is required with SKILLS_DIR/],
    [
      { EGRESS_ALLOW: 'ok.example,http://x,10.0.0.0/99' },
      /these are not: "http:\/\/x", "10.0.0.0\/99"/,
    ],
    [{ EGRESS_ALLOW: '*' }, /EGRESS_ALLOW .*"\*"/],
    [{ CREDENTIAL_SECRET: 'short' }, /CREDENTIAL_SECRET must be a Fernet key/],
    [{ CREDENTIAL_SECRET: `${fernetKey},nope` }, /key 2 of 2 is not/],
    [{ DATABASE_URL: 'postgresql://h/d' }, /CREDENTIAL_SECRET is required with DATABASE_URL/],
    [
      { DATABASE_URL: 'postgresql+asyncpg://h/d', CREDENTIAL_SECRET: fernetKey },
      /DATABASE_URL must name no driver/,
    ],
    [{ DATABASE_URL: 'mysql://h/d', CREDENTIAL_SECRET: fernetKey }, /DATABASE_URL must be a URL/],
    [{ DATABASE_URL: 'postgres://h', CREDENTIAL_SECRET: fernetKey }, /must name a database/],
    [{ EMBEDDINGS_MODEL: 'bge-small' }, /EMBEDDINGS_MODEL needs OPENAI_API_KEY/],
    [{ OPENAI_BASE_URL: 'ftp://x' }, /OPENAI_BASE_URL must be an absolute http or https URL/],
    [{ AUTH_JWKS_URL: 'http://idp.example/jwks' }, /AUTH_JWKS_URL must begin with https/],
    [{ AUTH_JWT_SECRET: 'short' }, /AUTH_JWT_SECRET must have at least 32 bytes, but has 5/],
    [{ AUTH_JWT_PUBLIC_KEY: 'nonsense' }, /AUTH_JWT_PUBLIC_KEY must be a public key/],
    [{ AUTH_JWT_PUBLIC_KEY: '{"kty":"RSA"}' }, /AUTH_JWT_PUBLIC_KEY must be a public key/],
    [{ AUTH_JWT_PUBLIC_KEY: privatePem }, /holds a private key/],
    [{ AUTH_JWT_PUBLIC_KEY: privateJwk }, /holds a private key/],
    [{ AUTH_JWT_PUBLIC_KEY: weakPem }, /RSA key of 2048 bits or more/],
    [{ AUTH_JWT_SECRET: secret, AUTH_ALGORITHMS: 'none' }, /AUTH_ALGORITHMS must list some of/],
    [{ AUTH_JWT_SECRET: secret, AUTH_ALGORITHMS: 'HS512' }, /the key cannot verify/],
    [{ AUTH_JWT_PUBLIC_KEY: pem, AUTH_ALGORITHMS: 'HS256' }, /names HS256, which the key cannot/],
    [
      { AUTH_JWT_SECRET: secret, AUTH_DEFAULT_SCOPES: 'root' },
      /AUTH_DEFAULT_SCOPES must list some/,
    ],
    [
      { AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: 'https://idp.example/jwks' },
      /AUTH_JWT_SECRET cannot stand beside AUTH_JWKS_URL/,
    ],
    [{ REDIS_URL: 'localhost:6379' }, /REDIS_URL must be a URL such as redis:/],
    [{ WORKER: 'maybe' }, /WORKER must be on or off, but is "maybe"/],
    [{ WORKER_JOBS: 'redis' }, /WORKER_JOBS is redis, which needs REDIS_URL/],
    [{ WORKER_JOBS: 'memory', REDIS_URL: 'redis://h' }, /WORKER_JOBS must be redis or database/],
    [{ WORKER_JOBS: 'disk' }, /WORKER_JOBS must be memory or redis or database/],
    [{ WORKER_TENANT_CONCURRENCY: '17' }, /WORKER_TENANT_CONCURRENCY must be at most .* is 16/],
    [{ WORKER_REPLY_PREFIXES: 'sg:stream:' }, /WORKER_REPLY_PREFIXES has "sg:stream:"/],
    [{ WORKER_STREAM: 'a b' }, /WORKER_STREAM must not contain white space/],
    [{ AUTH_AUDIENCE: 'tools' }, /AUTH_AUDIENCE needs a key to verify tokens with/],
  ])('refuses %j in one sentence', (env, sentence) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
  });

  it('tells of every problem at once, in the order of the example file', () => {
    const names = problemsOf({
      AUTH_ISSUER: 'me',
      PORT: 'x',
      DATABASE_URL: 'nonsense',
      MAX_BODY_BYTES: '1',
      EGRESS_ALLOW: '/',
    }).map((line) => line.trim().split(' ')[0]);
    expect(names).toEqual([
      'PORT',
      'DATABASE_URL',
      'CREDENTIAL_SECRET',
      'EGRESS_ALLOW',
      'MAX_BODY_BYTES',
      'AUTH_ISSUER',
    ]);
  });

  it('never repeats a secret in its message', () => {
    const message = problemsOf({
      DATABASE_URL: 'mysql://u:hunter2@h/d',
      CREDENTIAL_SECRET: 'hunter2',
      OPENAI_API_KEY: 'hunter2 hunter2',
      REDIS_URL: 'http://:hunter2@h',
      AUTH_JWT_SECRET: 'hunter2',
      AUTH_JWT_PUBLIC_KEY: 'hunter2',
    }).join('\n');
    expect(message).toMatch(/DATABASE_URL.*CREDENTIAL_SECRET.*OPENAI_API_KEY.*AUTH_JWT_SECRET/s);
    expect(message).not.toContain('hunter2');
  });
});

describe('the ATI proxy', () => {
  const secret = 'ab'.repeat(32);

  it('takes its key, audiences and places of files from the environment', () => {
    const { ati, secrets } = loadConfig({
      ATI_JWT_SECRET: secret,
      ATI_JWT_ACCEPTED_AUDIENCES: ' one, ,two ',
      ATI_DOWNLOAD_ALLOWLIST: '*.Example.com,127.0.0.1',
      ATI_UPLOAD_DESTINATIONS: 'store=https://files.example.com/in/,own=http://127.0.0.1:9/',
    });
    expect(secrets.atiJwtSecret).toBe(secret);
    expect(ati).toMatchObject({
      audiences: ['one', 'two'],
      downloadHosts: ['*.example.com', '127.0.0.1'],
      uploadDestinations: [
        { name: 'store', url: 'https://files.example.com/in/' },
        { name: 'own', url: 'http://127.0.0.1:9/' },
      ],
    });
  });

  it('never takes an empty list of audiences for everybody', () => {
    const { ati } = loadConfig({ ATI_JWT_ACCEPTED_AUDIENCES: ' , ', ATI_JWT_AUDIENCE: 'own' });
    expect(ati.audiences).toEqual(['own']);
  });

  it.each([
    ['ATI_JWT_SECRET', 'hunter2'],
    ['ATI_JWT_SECRET', 'abcdef'],
    ['ATI_DOWNLOAD_ALLOWLIST', 'https://example.com'],
    ['ATI_UPLOAD_DESTINATIONS', 'https://example.com/'],
    ['ATI_UPLOAD_DESTINATIONS', 'a=https://example.com/,a=https://example.org/'],
    ['ATI_UPLOAD_DESTINATIONS', 'a=ftp://example.com/'],
    ['ATI_MAX_FILE_BYTES', '0'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(name);
  });
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const entries = [...example.matchAll(/((?:^# .*\n)+)^([A-Z_]+)=(.*)$/gm)].map(
    ([, comment = '', name = '', value = '']) => ({
      name,
      value,
      comment: comment.replaceAll(/^# /gm, '').replaceAll('\n', ' '),
    }),
  );

  it('lists exactly the variables that loadConfig reads', () => {
    const read: string[] = [];
    loadConfig(
      new Proxy({} as Record<string, string>, {
        get: (_, name) => {
          read.push(String(name));
          return undefined;
        },
      }),
    );
    expect(entries.map(({ name }) => name)).toEqual(read);
    expect(example.match(/^[A-Z_]+=/gm)).toHaveLength(read.length);
  });

  it('describes each variable as the table does', () => {
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    for (const { name, description, default: fallback } of configVariables) {
      expect(byName.get(name)?.comment).toContain(description);
      expect(['', fallback]).toContain(byName.get(name)?.value);
    }
  });

  it('loads to the defaults as it stands', () => {
    const env = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
    expect(loadConfig(env)).toEqual(loadConfig({}));
  });
});
