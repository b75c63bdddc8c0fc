import type { Logger } from '../../logger.js';
import { isObject } from '../../openapi/plain-objects.js';
import type { Storage } from '../../storage/open-storage.js';
import { query } from '../../storage/sql.js';

/** What one replica tells all others, and itself. */
export type ReplicaSignal = {
  /** A session of which something changed. */
  changed?: string;
  /** A session that ended. */
  ended?: string;
  /** A call that its caller gave up: session and request id, see `callKey`. */
  cancelled?: string;
};

export interface ReplicaSignals extends AsyncDisposable {
  on(listener: (signal: ReplicaSignal) => void): void;
  /** Reaches listeners of this process before it resolves, others a little later; one that is lost is lost. */
  send(signal: ReplicaSignal): Promise<void>;
}

const channel = 'toolgraph_mcp';
/** PostgreSQL takes a little less than 8,000 bytes. */
const maxPayload = 2_000;

export function createReplicaSignals(
  { fork, listen }: Pick<Storage, 'fork' | 'listen'>,
  logger: Logger,
): ReplicaSignals {
  const listeners = new Set<(signal: ReplicaSignal) => void>();
  const tell = (signal: ReplicaSignal) => {
    for (const listener of listeners) listener(signal);
  };
  const listening = listen?.(channel, {
    onMessage: (payload) => tell(read(payload)),
    onUp: () => {},
    onDown: () => {},
  });
  return {
    on: (listener) => {
      listeners.add(listener);
    },
    async send(signal) {
      tell(signal);
      const payload = JSON.stringify(signal);
      if (!listen || payload.length > maxPayload) return;
      await query(fork(), 'select pg_notify($1, $2)', [channel, payload]).catch((err: unknown) => {
        logger.warn({ err }, 'other replicas could not be told of an MCP session');
      });
    },
    async [Symbol.asyncDispose]() {
      listeners.clear();
      await listening?.[Symbol.asyncDispose]();
    },
  };
}

function read(payload: string): ReplicaSignal {
  try {
    const value: unknown = JSON.parse(payload);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
