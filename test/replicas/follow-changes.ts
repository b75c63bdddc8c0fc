import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';

export type Follower = {
  name: string;
  /** Revisions in the order in which they arrived. */
  revisions: number[];
  /** Subscriptions that were begun. */
  attempts: number;
  /** What ended subscriptions, by how often. */
  ends: Map<string, number>;
  /** Stops at once. */
  stop(): Promise<void>;
};

export type FollowOptions = {
  name: string;
  /** Where to subscribe, one after the other: after an end the next one is asked. */
  urls: readonly string[];
  headers: Record<string, string>;
  agentId: string | null;
};

const query = `subscription ($after: Revision!, $agentId: ID) {
  catalogChanged(after: $after, agentId: $agentId) { revision }
}`;

type Event = { catalogChanged: { revision: string } };

/** A client that subscribes over websockets and, whenever that ends, resumes after the last revision that it has. */
export function followChanges(options: FollowOptions): Follower {
  const { name, urls, headers, agentId } = options;
  const stopping = new AbortController();
  const follower: Follower = {
    ...{ name, revisions: [], attempts: 0, ends: new Map() },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
  const running = run();
  return follower;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const url = urls[follower.attempts % urls.length] ?? '';
      follower.attempts += 1;
      const reason = await subscribe(url).catch(reasonOf);
      follower.ends.set(reason, (follower.ends.get(reason) ?? 0) + 1);
      await sleep(50, null, { signal: stopping.signal }).catch(() => {});
    }
  }

  async function subscribe(url: string): Promise<string> {
    const client = createClient({
      url: url.replace('http', 'ws'),
      connectionParams: headers,
      retryAttempts: 0,
    });
    const stop = () => void client.dispose();
    stopping.signal.addEventListener('abort', stop, { once: true });
    try {
      const after = String(follower.revisions.at(-1) ?? 0);
      const events = client.iterate<Event>({ query, variables: { after, agentId } });
      for await (const { data, errors } of events) {
        if (errors || !data) return JSON.stringify(errors);
        follower.revisions.push(Number(data.catalogChanged.revision));
      }
      return 'complete';
    } finally {
      stopping.signal.removeEventListener('abort', stop);
      await client.dispose();
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  const { code, reason } = error as { code?: number; reason?: string };
  return `${code ?? ''} ${reason ?? ''}`.trim() || JSON.stringify(error);
}
