import { type Dispatcher, request } from 'undici';
import { type ClientName, clientNames, type McpClient, openClient } from './mcp-clients.js';

type Ask = () => Promise<void>;

/** A call of a tool directly, by way of a bare server and client of the SDK, and through an agent. */
export type McpCallCase = { name: string; direct: Ask; forwarded: Ask; called: Ask };
/** The list of 100 tools of its server, and of an agent that has them all. */
export type McpListCase = { name: string; direct: Ask; listed: Ask; bytes: string };

export type McpCases = AsyncDisposable & { calls: McpCallCase[]; lists: McpListCase[] };

export type McpOrigins = {
  upstream: string;
  /** Of the server that answers with events, and of the one that answers with JSON. */
  forwarders: { events: string; json: string };
  server: string;
};

const tenantHeaders = { 'x-tenantId': 'bench', 'x-appId': 'bench' };

const tools = [
  { about: 'a tool that reads', name: 'getItem', args: { id: 7, view: 'full' } },
  {
    about: 'a tool that writes',
    name: 'createOrder',
    args: { itemId: 7, quantity: 2, note: 'Leave it at the door' },
  },
];

/** How an upstream answers; an agent of that name has its tools. */
const answers = ['events', 'json'] as const;
type Answers = (typeof answers)[number];

const combinations: { client: ClientName; answer: Answers }[] = [
  ...clientNames.map((client) => ({ client, answer: 'events' as const })),
  { client: 'plain', answer: 'json' },
];

/** Opens every client that the cases need. The servers are registered and assigned before. */
export async function openCases(
  dispatcher: Dispatcher,
  { upstream, forwarders, server }: McpOrigins,
): Promise<McpCases> {
  await using stack = new AsyncDisposableStack();
  const open = async (name: ClientName, url: string, headers: Record<string, string> = {}) =>
    stack.use(await openClient(name, url, headers, dispatcher));
  const calls: McpCallCase[] = [];
  const lists: McpListCase[] = [];
  for (const { client, answer } of combinations) {
    const direct = await open(client, upstream + pathOf(answer));
    const forwarded = await open(client, forwarders[answer] + pathOf(answer));
    const called = await open(client, `${server}/agents/${answer}/mcp`, tenantHeaders);
    const title = `${client} client, ${answer === 'json' ? 'JSON' : answer}`;
    for (const { about, name, args } of tools) {
      const call = (one: McpClient) => () => one.call(name, args);
      calls.push({
        name: `${title}, ${about}`,
        ...{ direct: call(direct), forwarded: call(forwarded), called: call(called) },
      });
    }
    const [directBytes, listedBytes] = [await direct.list(), await called.list()];
    lists.push({
      name: title,
      direct: async () => void (await direct.list()),
      listed: async () => void (await called.list()),
      bytes: client === 'plain' ? `${directBytes}, ${listedBytes}` : '-',
    });
  }
  const held = stack.move();
  return { calls, lists, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function pathOf(answer: Answers): string {
  return answer === 'json' ? '/json' : '/mcp';
}

/** Registers the upstream's two servers and assigns all of each one's tools to an agent. */
export async function offerMcpTools(
  dispatcher: Dispatcher,
  { upstream, server }: Pick<McpOrigins, 'upstream' | 'server'>,
  names: string[],
): Promise<void> {
  const post = async (path: string, body: object) => {
    const answer = await request(`${server}/tools${path}`, {
      dispatcher,
      method: 'POST',
      headers: { ...tenantHeaders, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${text}`);
  };
  for (const answer of answers) {
    await post('/mcp-servers', { server_url: upstream + pathOf(answer), name: answer });
    await post(`/agents/${answer}/mcp-tools`, { tools: names.map((name) => `${answer}/${name}`) });
  }
}
