import { Session } from 'node:inspector/promises';

/** Of the processor's time in the main thread, by what it went to; they sum up to 1. */
export type Shares = Record<string, number>;

/** What a process spent from one moment to another. `mainUs` of its main thread, `otherUs` of its other threads. */
export type Spent = { mainUs: number; otherUs: number; shares: Shares };

/** The first that matches a script's address; `''` is native code without a caller. */
const areas: [name: string, pattern: RegExp][] = [
  ['writing to sockets', /^node:(internal\/stream_base_commons|net$)/],
  ['Toolgraph', /\/dist\/src\//],
  ['Fastify, HTTP server', /node_modules\/(@?fastify|find-my-way|avvio|light-my)|^node:_http/],
  ['Apollo, GraphQL', /node_modules\/(@apollo|@as-integrations|graphql|type-graphql)/],
  ['MCP SDK', /node_modules\/@modelcontextprotocol/],
  ['undici', /node_modules\/undici/],
  ['database driver', /node_modules\/(pg|kysely|@mikro-orm)|^node:internal\/worker/],
  ['logging', /node_modules\/(@?pino|sonic-boom|thread-stream)|^node:fs/],
  ['argument checks', /node_modules\/(ajv|zod)/],
  ['Node.js: streams, events, timers', /^node:/],
];

export const areaNames = [...areas.map(([name]) => name), 'garbage collection', 'other'];

/** Profiles this process from now on; the function that it answers ends that. */
export async function profileSelf(): Promise<() => Promise<Spent>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  const [before, beforeMain] = [process.cpuUsage(), process.threadCpuUsage()];
  return async () => {
    const [all, main] = [process.cpuUsage(before), process.threadCpuUsage(beforeMain)];
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    const mainUs = main.user + main.system;
    return { mainUs, otherUs: all.user + all.system - mainUs, shares: toShares(profile) };
  };
}

type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  samples?: number[];
  timeDeltas?: number[];
};

function toShares({ nodes, samples = [], timeDeltas = [] }: Profile): Shares {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((it) => [it, id])));
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const areaOf = (id: number | undefined): string => {
    const frame = id === undefined ? undefined : byId.get(id);
    if (!frame) return 'other';
    if (frame.functionName === '(garbage collector)') return 'garbage collection';
    if (frame.url.startsWith('node:inspector')) return 'idle';
    const found = areas.find(([, pattern]) => frame.url !== '' && pattern.test(frame.url));
    // Native code counts to whoever calls it.
    return found ? found[0] : areaOf(parents.get(id ?? 0));
  };
  const spent = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const isIdle = byId.get(id)?.functionName === '(idle)';
    const area = isIdle ? 'idle' : areaOf(id);
    spent.set(area, (spent.get(area) ?? 0) + (timeDeltas[at] ?? 0));
  }
  spent.delete('idle');
  const total = spent.values().reduce((sum, time) => sum + time, 0);
  return Object.fromEntries(spent.entries().map(([area, time]) => [area, time / total]));
}
