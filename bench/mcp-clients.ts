import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type Dispatcher, request } from 'undici';
import { itemText } from './mcp-tools.js';

/** A client with a session of its own. What it asks throws unless the answer is the expected one. */
export type McpClient = AsyncDisposable & {
  call(name: string, args: Record<string, unknown>): Promise<void>;
  /** How many bytes the answer has; 0 where the client does not tell. */
  list(): Promise<number>;
};

export const clientNames = ['plain', 'SDK'] as const;
export type ClientName = (typeof clientNames)[number];

const protocolVersion = '2025-11-25';
const clientInfo = { name: 'bench', version: '1' };

export function openClient(
  name: ClientName,
  url: string,
  headers: Record<string, string>,
  dispatcher: Dispatcher,
): Promise<McpClient> {
  return name === 'SDK' ? openSdkClient(url, headers) : openPlainClient(url, headers, dispatcher);
}

async function openSdkClient(url: string, headers: Record<string, string>): Promise<McpClient> {
  const client = new Client(clientInfo, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
  );
  return {
    call: async (name, args) => {
      const { content, isError } = await client.callTool({ name, arguments: args });
      const [block] = content;
      if (isError || block?.type !== 'text' || block.text !== itemText) throw wrong(url, content);
    },
    list: async () => {
      const { tools } = await client.listTools();
      if (tools.length !== 100) throw wrong(url, tools);
      return 0;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** Sends the messages of a session with undici and looks at the text of the answers only. */
async function openPlainClient(
  url: string,
  headers: Record<string, string>,
  dispatcher: Dispatcher,
): Promise<McpClient> {
  const own: Record<string, string> = {
    ...headers,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  let ids = 0;
  const send = async (message: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    const answer = await request(url, { dispatcher, method: 'POST', headers: own, body });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw wrong(url, `${answer.statusCode} ${text}`);
    return { text, headers: answer.headers };
  };
  const ask = (method: string, params: object) => {
    ids += 1;
    return send({ id: ids, method, params });
  };
  const begun = await ask('initialize', { protocolVersion, capabilities: {}, clientInfo });
  own['mcp-session-id'] = String(begun.headers['mcp-session-id']);
  own['mcp-protocol-version'] = protocolVersion;
  await send({ method: 'notifications/initialized' });
  const expected = JSON.stringify(itemText);
  return {
    call: async (name, args) => {
      const { text } = await ask('tools/call', { name, arguments: args });
      if (!text.includes(expected)) throw wrong(url, text);
    },
    list: async () => {
      const { text } = await ask('tools/list', {});
      if (!text.includes('"tools":[')) throw wrong(url, text);
      return Buffer.byteLength(text);
    },
    [Symbol.asyncDispose]: async () => {
      await request(url, { dispatcher, method: 'DELETE', headers: own });
    },
  };
}

function wrong(url: string, answer: unknown): Error {
  return new Error(`${url} answered with ${JSON.stringify(answer).slice(0, 500)}`);
}
