import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Client = { secret: string | null; redirectUris: string[]; method: string };
type Grant = { clientId: string; scope: string; resource: string; family: string };
type Code = Grant & { challenge: string; redirectUri: string };

export type SeenToken = { form: Record<string, string>; authorization: string | undefined };

/** What a test turns while the server runs. */
export type Behaviour = {
  /** Null: not said in the metadata, and any of them is taken. */
  authMethods: string[] | null;
  lifetimeSeconds: number | null;
  /** Whether a refresh gives another refresh token; where not, the old one stays good. */
  isRotating: boolean;
  /** In place of the answer of the token endpoint; the grant is not looked at. */
  tokenStatus: number | null;
  /** Breaks the connection after the grant was used up. */
  losesAnswers: boolean;
  /** Where protected resource metadata lies; none where empty. */
  resourcePaths: string[];
  /** Where the issuer's metadata lies; none where empty. */
  issuerPaths: string[];
  resource: Record<string, unknown>;
  issuer: Record<string, unknown>;
  isRegistrationOpen: boolean;
  /** Scopes that the MCP server wants. */
  challengedScope: string | null;
};

export type AuthorizationServer = AsyncDisposable & {
  origin: string;
  issuer: string;
  /** A protected resource on the same origin: answers 401 with a challenge, or 200. */
  mcpUrl: string;
  behaviour: Behaviour;
  /** Requests to the token endpoint. */
  tokens: SeenToken[];
  /** Paths of all requests, without those to the token endpoint. */
  paths: string[];
  /** Refresh tokens that were shown a second time. */
  reuses(): number;
  registrations: Record<string, unknown>[];
  addClient(id: string, secret: string | null): void;
  /** Tokens as after an authorization. */
  issue(clientId: string): { accessToken: string; refreshToken: string };
  revokeAll(): void;
  /** Ends every access token; refresh tokens stay good. */
  expireAll(): void;
  accepts(authorization: string | null): boolean;
  /** What a browser and its person do: the callback's parameters. */
  approve(url: string): Promise<URLSearchParams>;
  /** Holds answers of the token endpoint until it is released. */
  hold(): { came: Promise<void>; release(): void };
};

/**
 * An authorization server with rotating refresh tokens and detection of their reuse (RFC 9700, section 4.14.2), and the
 * MCP server that it protects, both on one port of 127.0.0.1. `path` is that of its issuer.
 */
export async function startAuthorizationServer({
  path = '',
}: {
  path?: string;
} = {}): Promise<AuthorizationServer> {
  const clients = new Map<string, Client>();
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, Grant & { isUsed: boolean }>();
  const accessTokens = new Map<string, { family: string; endsAt: number }>();
  const revoked = new Set<string>();
  const seen: SeenToken[] = [];
  const paths: string[] = [];
  const registrations: Record<string, unknown>[] = [];
  let reuses = 0;
  let held: { came: () => void; released: Promise<void> } | null = null;

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${origin}${path}`;
  const mcpUrl = `${origin}/mcp`;
  const behaviour: Behaviour = {
    authMethods: null,
    lifetimeSeconds: 3600,
    isRotating: true,
    tokenStatus: null,
    losesAnswers: false,
    resourcePaths: ['/.well-known/oauth-protected-resource/mcp'],
    issuerPaths: [`/.well-known/oauth-authorization-server${path}`],
    resource: {},
    issuer: {},
    isRegistrationOpen: true,
    challengedScope: null,
  };

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<ServerResponse> {
    const url = new URL(request.url ?? '/', origin);
    const body = await bodyOf(request);
    if (url.pathname === `${path}/token`) return token(request, response, body);
    paths.push(url.pathname);
    if (behaviour.resourcePaths.includes(url.pathname)) return send(response, 200, resourceOf());
    if (behaviour.issuerPaths.includes(url.pathname)) return send(response, 200, issuerOf());
    if (url.pathname === `${path}/authorize`) return authorize(url, response);
    if (url.pathname === `${path}/register` && behaviour.isRegistrationOpen) {
      return register(response, JSON.parse(body));
    }
    if (url.pathname === '/mcp') return protect(request, response);
    return send(response, 404, { error: 'not_found' });
  }

  function resourceOf() {
    const base = { resource: mcpUrl, authorization_servers: [issuer] };
    return { ...base, scopes_supported: ['tools:read'], ...behaviour.resource };
  }

  function issuerOf() {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      ...(behaviour.isRegistrationOpen && { registration_endpoint: `${issuer}/register` }),
      ...(behaviour.authMethods && {
        token_endpoint_auth_methods_supported: behaviour.authMethods,
      }),
      code_challenge_methods_supported: ['S256'],
      ...behaviour.issuer,
    };
  }

  function authorize(url: URL, response: ServerResponse): ServerResponse {
    const ask = (name: string) => url.searchParams.get(name) ?? '';
    const client = clients.get(ask('client_id'));
    const isDocument = ask('client_id').startsWith('https:');
    if (!isDocument && !client?.redirectUris.includes(ask('redirect_uri'))) {
      return send(response, 400, { error: 'invalid_client' });
    }
    const code = randomBytes(12).toString('hex');
    codes.set(code, {
      clientId: ask('client_id'),
      scope: ask('scope'),
      resource: ask('resource'),
      family: code,
      challenge: ask('code_challenge'),
      redirectUri: ask('redirect_uri'),
    });
    const back = new URL(ask('redirect_uri'));
    back.searchParams.set('code', code);
    back.searchParams.set('state', ask('state'));
    back.searchParams.set('iss', issuer);
    return response.writeHead(302, { location: back.href }).end();
  }

  function register(response: ServerResponse, metadata: Record<string, unknown>): ServerResponse {
    registrations.push(metadata);
    const id = `client-${registrations.length}`;
    const method = String(metadata.token_endpoint_auth_method);
    const secret = method === 'none' ? null : `registered-secret-${id}`;
    clients.set(id, { secret, method, redirectUris: metadata.redirect_uris as string[] });
    return send(response, 201, {
      ...metadata,
      client_id: id,
      ...(secret !== null && { client_secret: secret, client_secret_expires_at: 0 }),
    });
  }

  async function token(request: IncomingMessage, response: ServerResponse, body: string) {
    const form = Object.fromEntries(new URLSearchParams(body));
    const { authorization } = request.headers;
    seen.push({ form, authorization });
    if (behaviour.tokenStatus !== null) return send(response, behaviour.tokenStatus, {});
    const clientId = authenticated(form, authorization);
    const given = clientId === null ? { error: 'invalid_client' } : grant(form, clientId);
    if (held) {
      held.came();
      await held.released;
    }
    if (behaviour.losesAnswers) return response.destroy();
    if ('error' in given)
      return send(response, given.error === 'invalid_client' ? 401 : 400, given);
    const isKept = form.grant_type === 'refresh_token' && !behaviour.isRotating;
    const issued = issueFor(given.family, given);
    return send(response, 200, isKept ? { ...issued, refresh_token: undefined } : issued);
  }

  function authenticated(form: Record<string, string>, authorization: string | undefined) {
    const pair = Buffer.from(authorization?.slice(6) ?? '', 'base64')
      .toString()
      .split(':');
    const [id = '', secret] = authorization
      ? pair.map(decodeForm)
      : [form.client_id, form.client_secret];
    const used = authorization ? 'client_secret_basic' : secret ? 'client_secret_post' : 'none';
    const method = form.client_assertion ? 'private_key_jwt' : used;
    if (behaviour.authMethods && !behaviour.authMethods.includes(method)) return null;
    if (method === 'private_key_jwt' || id.startsWith('https:')) return id;
    const client = clients.get(id);
    return client && client.secret === (secret ?? null) ? id : null;
  }

  function grant(form: Record<string, string>, clientId: string): Grant | { error: string } {
    const { scope = '', resource = '' } = form;
    if (form.grant_type === 'client_credentials') {
      return { clientId, scope, resource, family: randomBytes(4).toString('hex') };
    }
    if (form.grant_type === 'refresh_token') {
      const known = refreshTokens.get(form.refresh_token ?? '');
      if (!known || revoked.has(known.family)) return { error: 'invalid_grant' };
      if (known.isUsed) {
        reuses += 1;
        revoked.add(known.family);
        return { error: 'invalid_grant' };
      }
      known.isUsed = behaviour.isRotating;
      return known.clientId === clientId ? known : { error: 'invalid_grant' };
    }
    const code = codes.get(form.code ?? '');
    codes.delete(form.code ?? '');
    const challenge = createHash('sha256')
      .update(form.code_verifier ?? '')
      .digest('base64url');
    const fits =
      code?.clientId === clientId &&
      code.challenge === challenge &&
      code.redirectUri === form.redirect_uri &&
      code.resource === resource;
    return code && fits ? code : { error: 'invalid_grant' };
  }

  function issueFor(family: string, { clientId, scope, resource }: Omit<Grant, 'family'>) {
    const accessToken = `access-${randomBytes(12).toString('hex')}`;
    const refreshToken = `refresh-${randomBytes(12).toString('hex')}`;
    const lifetime = behaviour.lifetimeSeconds;
    accessTokens.set(accessToken, { family, endsAt: Date.now() + (lifetime ?? 3600) * 1_000 });
    refreshTokens.set(refreshToken, { clientId, scope, resource, family, isUsed: false });
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      refresh_token: refreshToken,
      ...(lifetime !== null && { expires_in: lifetime }),
      ...(scope !== '' && { scope }),
    };
  }

  function accepts(authorization: string | null): boolean {
    const known = accessTokens.get(authorization?.replace(/^Bearer /, '') ?? '');
    return known !== undefined && !revoked.has(known.family);
  }

  function protect({ headers }: IncomingMessage, response: ServerResponse): ServerResponse {
    if (accepts(headers.authorization ?? null)) return send(response, 200, { ok: true });
    const [place] = behaviour.resourcePaths;
    const scope = behaviour.challengedScope;
    const parts = [
      ...(place === undefined ? [] : [`resource_metadata="${origin}${place}"`]),
      ...(scope === null ? [] : [`scope="${scope}"`]),
    ];
    response.setHeader('www-authenticate', `Bearer ${parts.join(', ')}`);
    return send(response, 401, {});
  }

  return {
    ...{ origin, issuer, mcpUrl, behaviour, tokens: seen, paths, registrations, accepts },
    reuses: () => reuses,
    addClient: (id, secret) => clients.set(id, { secret, method: '', redirectUris: [] }),
    issue: (clientId) => {
      const family = randomBytes(4).toString('hex');
      const tokens = issueFor(family, { clientId, scope: '', resource: mcpUrl });
      return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
    },
    revokeAll: () => {
      for (const { family } of refreshTokens.values()) revoked.add(family);
    },
    expireAll: () => accessTokens.clear(),
    approve: async (url) => {
      const answered = await fetch(url, { redirect: 'manual' });
      const location = answered.headers.get('location');
      if (location === null) throw new Error(`${answered.status}: ${await answered.text()}`);
      return new URL(location).searchParams;
    },
    hold: () => {
      const came = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      held = { came: came.resolve, released: released.promise };
      return {
        came: came.promise,
        release: () => {
          held = null;
          released.resolve();
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

function send(response: ServerResponse, status: number, json: unknown): ServerResponse {
  return response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify(json));
}

function decodeForm(text: string): string {
  return new URLSearchParams(`v=${text}`).get('v') ?? '';
}
