import { randomUUID } from 'node:crypto';
import type { Clock } from '../../context.js';
import type { Storage } from '../../storage/open-storage.js';
import { query } from '../../storage/sql.js';

/** A message of a stream. An empty one only gives the client an id to resume from. */
export type StreamEvent = { id: string; text: string; isLast: boolean };

/** The messages of one answer, kept so that any replica can tell them again. */
export interface EventLogWriter {
  readonly streamId: string;
  /** The id of the event under which the message is kept; an empty text for one without. */
  append(text: string, isLast: boolean): Promise<string>;
}

export interface EventLog {
  open(session: { id: string; tenant: string }): EventLogWriter;
  /** The stream that an event of a session belongs to, and when it began; null for an id that is none of that session. */
  findStream(sessionId: string, eventId: string): Promise<{ streamId: string; at: Date } | null>;
  /** What was kept of a stream after an event, in order. */
  readAfter(sessionId: string, streamId: string, eventId: string): Promise<StreamEvent[]>;
}

const prefix = 'c-';
const maxEvents = 1_000;

export function createEventLog({
  storage,
  clock,
}: {
  storage: Pick<Storage, 'fork'>;
  clock: Clock;
}): EventLog {
  return {
    open: ({ id: sessionId, tenant }) => {
      const streamId = randomUUID();
      return {
        streamId,
        append: async (text, isLast) => {
          const [row] = await query<{ id: string }>(
            storage.fork(),
            `insert into mcp_stream_events (session_id, tenant_id, stream_id, message, created_at)
             values ($1::uuid, $2, $3, $4::json, $5::timestamptz) returning id`,
            [
              sessionId,
              tenant,
              streamId,
              JSON.stringify({ text, isLast }),
              clock.now().toISOString(),
            ],
          );
          return `${prefix}${row?.id}`;
        },
      };
    },

    findStream: async (sessionId, eventId) => {
      const id = numberOf(eventId);
      if (id === null) return null;
      const [row] = await query<{ streamId: string; at: string }>(
        storage.fork(),
        `select e.stream_id as "streamId", min(o.created_at) as at from mcp_stream_events e
         join mcp_stream_events o on o.session_id = e.session_id and o.stream_id = e.stream_id
         where e.session_id = $1::uuid and e.id = $2::bigint group by e.stream_id`,
        [sessionId, id],
      );
      return row ? { streamId: row.streamId, at: new Date(row.at) } : null;
    },

    readAfter: async (sessionId, streamId, eventId) => {
      const rows = await query<{ id: string; message: { text: string; isLast: boolean } }>(
        storage.fork(),
        `select id, message from mcp_stream_events
         where session_id = $1::uuid and stream_id = $2 and id > $3::bigint order by id limit ${maxEvents}`,
        [sessionId, streamId, numberOf(eventId) ?? '0'],
      );
      return rows.map(({ id, message }) => ({ id: `${prefix}${id}`, ...message }));
    },
  };
}

function numberOf(eventId: string): string | null {
  return /^c-(\d{1,18})$/.exec(eventId)?.[1] ?? null;
}
