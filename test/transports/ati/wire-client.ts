import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';

export type Environment = Record<string, string>;
export type Ran = {
  ok: boolean;
  /** The JSON of what was answered; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is looked at by tests.
  value: any;
  text: string;
};

/** A client of the proxy, as an agent runs it: a command line and an environment. */
export type Client = (argv: string[], env: Environment) => Promise<Ran>;

/**
 * The `ati` client by what it sends: the same bytes for the same command line, over a socket. `real-client.test.ts`
 * compares them where the real one is installed.
 */
export const wireClient: Client = async (argv, env) => {
  const { status, body } = await exchange(
    new URL(env.ATI_PROXY_URL ?? ''),
    await bytesOf(argv, env),
  );
  const json = parse(body);
  const isCall = argv[0] === 'run';
  const isFailed = status >= 300 || (isCall && typeof json?.error === 'string');
  const value = isCall ? json?.result : argv[0] === 'assist' ? json : json;
  return { ok: !isFailed, value, text: isFailed ? `Proxy error (${status}): ${body}` : body };
};

/** The request of a command line, byte for byte. */
export async function bytesOf(argv: string[], env: Environment): Promise<Buffer> {
  const url = new URL(env.ATI_PROXY_URL ?? '');
  const { method, path, body, provider } = toRequest(argv);
  const base = url.pathname.replace(/\/+$/, '');
  const token = await readToken(env, provider);
  const upstream = provider === 'files' ? env.FILES_MCP_URL : undefined;
  const lines = [
    `${method} ${base}${path} HTTP/1.1`,
    ...(upstream ? [`x-ati-upstream-url: ${upstream}`] : []),
    ...(token ? [`authorization: Bearer ${token}`] : []),
    ...(body === null ? [] : ['content-type: application/json']),
    'accept: */*',
    `host: ${url.host}`,
    ...(body === null ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

type Request = {
  method: 'GET' | 'POST';
  path: string;
  body: string | null;
  /** Whose token a call takes: of a provider whose manifest says so. */
  provider: string | null;
};

function toRequest([command, ...rest]: string[]): Request {
  const get = (path: string): Request => ({
    ...{ method: 'GET', path },
    body: null,
    provider: null,
  });
  const post = (path: string, body: object, provider: string | null = null): Request => ({
    ...{ method: 'POST', path, provider },
    body: JSON.stringify(body),
  });
  if (command === 'run') return toCall(rest);
  if (command === 'assist') return post('/help', { query: rest.join(' ') });
  const [verb = '', one = '', two = ''] = rest;
  if (command === 'tool') {
    if (verb === 'info') return get(`/tools/${one}`);
    if (verb === 'search') return get(`/tools?search=${one.replaceAll(' ', '%20')}`);
    return get(one === '--provider' ? `/tools?provider=${two}` : '/tools');
  }
  if (verb === 'fetch') return get(`/skillati/${toSkillati(rest.slice(1))}`);
  if (verb === 'list') return get('/skills');
  if (verb === 'search') {
    const escapes: Record<string, string> = { ' ': '%20', '#': '%23', '&': '%26', '?': '%3F' };
    return get(`/skills?search=${one.replace(/[ #&?]/g, (letter) => escapes[letter] ?? letter)}`);
  }
  if (verb === 'info') return get(`/skills/${one}?meta=true`);
  if (verb === 'resolve') return post('/skills/resolve', { scopes: ['*'] });
  return get(one === '--tool' ? `/skills?tool=${two}` : `/skills/${one}`);
}

function toSkillati([verb = '', name = '', path = '']: string[]): string {
  if (verb === 'catalog') return 'catalog';
  if (verb === 'read') return name;
  if (verb === 'cat') return `${name}/file?path=${encode(path)}`;
  if (verb === 'ref') return `${name}/file?path=${encode(`references/${path}`)}`;
  return `${name}/${verb}`;
}

function encode(text: string): string {
  return text.replace(
    /[% #&?/=]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function toCall([name = '', ...words]: string[]): Request {
  const args: Record<string, string> = {};
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];
    if (!word.startsWith('--')) continue;
    const isAlone = next === undefined || next.startsWith('--');
    args[word.slice(2)] = isAlone ? 'true' : toJson(next);
    if (!isAlone) at += 1;
  }
  const members = Object.keys(args)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${args[key]}`);
  const raw = words.length === 0 ? '' : `,"raw_args":${JSON.stringify(words)}`;
  const body = `{"tool_name":${JSON.stringify(name)},"args":{${members.join(',')}}${raw}}`;
  return { method: 'POST', path: '/call', body, provider: name.split(':')[0] ?? null };
}

function toJson(text: string): string {
  const value = parse(text);
  if (value === undefined) return JSON.stringify(text);
  return typeof value === 'number' ? text : JSON.stringify(value);
}

async function readToken(env: Environment, provider: string | null): Promise<string> {
  const own = provider === 'files' ? env.FILES_SESSION_TOKEN : undefined;
  if (own) return own;
  if (env.ATI_SESSION_TOKEN) return env.ATI_SESSION_TOKEN;
  const file = env.ATI_SESSION_TOKEN_FILE;
  return file ? (await readFile(file, 'utf8')).trim() : '';
}

/** Sends bytes as they are, and reads the answer to its end. */
export function exchange(url: URL, bytes: Buffer): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname);
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = received.subarray(0, end).toString();
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
      resolve({ status, body: received.subarray(end + 4, end + 4 + length).toString() });
      socket.destroy();
    });
    socket.on('close', () => reject(new Error('The connection was closed before its answer.')));
    socket.write(bytes);
  });
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape.
function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
