import { randomUUID } from 'node:crypto';
import type { Actor, Clock } from '../../context.js';
import { RecentMap } from '../../lib/recent-map.js';
import { isUuid } from '../../lib/uuid.js';
import type { Storage } from '../../storage/open-storage.js';
import { query } from '../../storage/sql.js';
import type { ReplicaSignals } from './replica-signals.js';

/** What a client and this server agreed on in `initialize`. Any replica serves it. */
export type EndpointSession = {
  id: string;
  agentId: string;
  protocolVersion: string;
  /** Log messages below this level are not sent; null: none was asked for, all are. */
  logLevel: string | null;
};

export type NewSession = {
  agentId: string;
  protocolVersion: string;
  /** `clientInfo` and `capabilities` as the client told them. */
  client: Record<string, unknown>;
};

export interface SessionStore {
  begin(actor: Actor, session: NewSession): Promise<EndpointSession>;
  /** Null for one that never was, ended, was not seen for an hour, or is another caller's or another agent's. */
  find(actor: Actor, agentId: string, id: string): Promise<EndpointSession | null>;
  setLogLevel(session: EndpointSession, level: string): Promise<void>;
  /** On every replica. */
  end(session: EndpointSession): Promise<void>;
}

/** A session that nobody used for so long is over. */
export const sessionLifeMs = 60 * 60 * 1000;
/** Of one tenant's agent; the one that was not used for the longest goes when there are more. */
export const maxSessionsPerAgent = 10_000;
/** How long a replica trusts what it knows of a session, and how seldom it notes that it was used. */
const checkMs = 30_000;
const maxClientBytes = 8_192;
const maxKnown = 10_000;

type Row = Omit<EndpointSession, 'id'> & { tenant: string; subject: string | null };
type Known = { row: Row; session: EndpointSession; checkedAt: number };

export function createSessionStore(options: {
  storage: Pick<Storage, 'fork'>;
  clock: Clock;
  signals: ReplicaSignals;
}): SessionStore {
  const { storage, clock, signals } = options;
  const known = new RecentMap<string, Known>(maxKnown);
  signals.on(({ changed }) => {
    if (changed !== undefined) known.delete(changed);
  });

  async function readAndTouch(id: string): Promise<Known | null> {
    const now = clock.now();
    const [row] = await query<Row>(
      storage.fork(),
      `update mcp_sessions set seen_at = $2::timestamptz where id = $1::uuid and seen_at > $3::timestamptz
       returning tenant_id as tenant, agent_id as "agentId", subject, protocol_version as "protocolVersion",
         client ->> 'logLevel' as "logLevel"`,
      [id, now.toISOString(), new Date(now.getTime() - sessionLifeMs).toISOString()],
    );
    if (!row) return null;
    const { agentId, protocolVersion, logLevel } = row;
    const found = {
      row,
      session: { id, agentId, protocolVersion, logLevel },
      checkedAt: now.getTime(),
    };
    known.set(id, found);
    return found;
  }

  return {
    async begin({ tenant, app, subject }, { agentId, protocolVersion, client }) {
      const id = randomUUID();
      const told = JSON.stringify(client);
      await query(
        storage.fork(),
        `with extra as (
           delete from mcp_sessions where id in (
             select id from mcp_sessions where tenant_id = $2 and agent_id = $4
             order by seen_at desc offset ${maxSessionsPerAgent - 1})
         ) insert into mcp_sessions
           (id, tenant_id, app_id, agent_id, subject, protocol_version, client, created_at, seen_at)
         values ($1::uuid, $2, $3, $4, $5, $6, $7::json, $8::timestamptz, $8::timestamptz)`,
        [
          ...[id, tenant, app, agentId, subject, protocolVersion],
          told.length <= maxClientBytes ? told : '{}',
          clock.now().toISOString(),
        ],
      );
      return { id, agentId, protocolVersion, logLevel: null };
    },

    async find({ tenant, subject }, agentId, id) {
      if (!isUuid(id)) return null;
      const remembered = known.get(id);
      const isFresh = remembered && clock.now().getTime() - remembered.checkedAt < checkMs;
      const found = isFresh ? remembered : await readAndTouch(id);
      if (!found) return null;
      const { row, session } = found;
      const isOwn = row.tenant === tenant && row.subject === subject && row.agentId === agentId;
      return isOwn ? session : null;
    },

    async setLogLevel({ id }, level) {
      await query(
        storage.fork(),
        `update mcp_sessions set client = (client::jsonb || jsonb_build_object('logLevel', $2::text))::json
         where id = $1::uuid`,
        [id, level],
      );
      known.delete(id);
      await signals.send({ changed: id });
    },

    async end({ id }) {
      await query(storage.fork(), 'delete from mcp_sessions where id = $1::uuid', [id]);
      known.delete(id);
      await signals.send({ changed: id, ended: id });
    },
  };
}
