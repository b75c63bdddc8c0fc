import { python } from './needs.js';
import { openScene } from './open-scene.js';
import { type PythonClient, startPythonClient, type WireMap } from './python-client.js';
import type { Scene } from './scene.js';

export type PythonScene = AsyncDisposable & {
  scene: Scene;
  client: PythonClient;
  /** An id that no other request of this scene has. */
  nextId(): string;
  /** Sends a request under the session `trace-1` of user `mia`; `more` replaces fields. */
  send(tool: string, more?: WireMap): Promise<Sent>;
  /** The same, and waits for its reply. */
  ask(tool: string, more?: WireMap): Promise<Sent & { data: WireMap; fields: WireMap }>;
  /** The first reply to what was sent. */
  replyTo(sent: Sent): Promise<WireMap>;
};

/** `id` is correlation id and argument `key` at once, unless `more` says otherwise. */
export type Sent = { id: string; entryId: string; stream: string };

export async function openPythonScene(): Promise<PythonScene> {
  await using stack = new AsyncDisposableStack();
  const scene = stack.use(await openScene());
  const client = stack.use(await startPythonClient(python ?? '', scene.redis.port));
  await client.session('trace-1', { user_id: 'mia', guild_id: 'g', channel_id: 'c' });
  let serial = 0;
  const nextId = () => `id-${++serial}`;
  const send = async (tool: string, more: WireMap = {}): Promise<Sent> => {
    const id = nextId();
    const stream = `sg:stream:tools:reply:${id}`;
    const entryId = await client.send({
      ...{ correlation_id: id, reply_to: stream, tool_name: tool, tool_args: { key: id } },
      ...{ ctx: { trace_id: 'trace-1' } },
      ...more,
    });
    return { id, entryId, stream };
  };
  const read = async ({ stream }: Sent) => {
    const [reply] = await client.read(stream);
    if (!reply) throw new Error(`Nothing came to ${stream}.`);
    return reply;
  };
  const held = stack.move();
  return {
    ...{ scene, client, nextId, send },
    ask: async (tool, more) => {
      const sent = await send(tool, more);
      const { data, fields } = await read(sent);
      return { ...sent, data, fields };
    },
    replyTo: async (sent) => (await read(sent)).data,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
