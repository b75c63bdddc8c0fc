import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { identityProblem } from '../../access/identity.js';
import { AgentIdInput } from '../../agents/agent-id.js';
import { type Actor, scopes } from '../../context.js';
import { RecentMap } from '../../lib/recent-map.js';
import { decodeMsgpack } from './decode-msgpack.js';
import { skimRequest } from './skim-request.js';

/** Who asks, by the session record. */
export type Identity = {
  actor: Actor;
  agentId: string;
  userId: string;
  guildId: string;
  channelId: string;
  platform: string;
};

/** What the worker's configuration says where a session record says nothing. */
export type WorkerDefaults = {
  tenant: string | null;
  app: string | null;
  agent: string | null;
};

/** `why` is for the log, the sender is told only that there is no session. */
export type Identified =
  | { kind: 'identity'; identity: Identity }
  | { kind: 'refused'; why: string };

const defaultPlatform = 'discord';
const maxRecordBytes = 64 * 1024;
const maxDepth = 32;

/** Ids of chat platforms are numbers with some writers. */
const id = z
  .union([z.string(), z.union([z.int(), z.bigint()]).transform(String)], 'expected a text')
  .nullish()
  .transform((value) => value ?? '');

const name = id.refine((value) => value === '' || identityProblem(value) === null, 'is not a name');

const SessionRecord = z.object({
  user_id: id.refine(isUserId, 'expected 1 to 200 characters, none of them a control character'),
  guild_id: id,
  channel_id: id,
  platform: id,
  tenant_id: name,
  app_id: name,
  agent_id: id.refine(
    (value) => value === '' || AgentIdInput.safeParse(value).success,
    'is not the id of an agent',
  ),
});

/**
 * Who a request is from: the session record (msgpack) under its trace id, and the worker's configuration for tenant, app
 * and agent; nothing that the request says itself. What is malformed, or no user, refuses the request. Never throws.
 */
export function identify(session: Uint8Array | null, defaults: WorkerDefaults): Identified {
  if (!session) return refuse('there is no session record');
  const record = readRecord(session);
  if (typeof record === 'string') return refuse(record);
  const tenant = record.tenant_id || defaults.tenant;
  const agentId = record.agent_id || defaults.agent;
  if (!tenant) return refuse('neither the session record nor WORKER_TENANT names a tenant');
  if (!agentId) return refuse('neither the session record nor WORKER_AGENT names an agent');
  return {
    kind: 'identity',
    identity: {
      actor: {
        ...{ tenant, app: record.app_id || defaults.app, subject: record.user_id },
        ...{ scopes: new Set([scopes.call]), expiresAt: null },
      },
      ...{ agentId, userId: record.user_id, guildId: record.guild_id },
      channelId: record.channel_id,
      platform: record.platform || defaultPlatform,
    },
  };
}

const maxRemembered = 1000;
const maxRememberedBytes = 1024;

/** Who was found by the session record under a trace id. */
export type Remembered = { session: Uint8Array; identity: Identity };

export interface Identifier {
  /** `identify`, which reads a record once for as long as it stays the same, byte for byte; `traceId` is where it stood. */
  identify(traceId: string, session: Uint8Array | null): Identified;
  /** By the record as it was when it was last seen; null where nobody was found by it. */
  recall(traceId: string): Remembered | null;
}

export function createIdentifier(defaults: WorkerDefaults): Identifier {
  const known = new RecentMap<string, { session: Uint8Array; identified: Identified }>(
    maxRemembered,
  );
  return {
    identify: (traceId, session) => {
      if (!session || session.byteLength > maxRememberedBytes) return identify(session, defaults);
      const found = known.get(traceId);
      if (found && Buffer.compare(found.session, session) === 0) return found.identified;
      const identified = identify(session, defaults);
      // A piece of a larger buffer would keep all of it.
      known.set(traceId, { session: Uint8Array.from(session), identified });
      return identified;
    },
    recall: (traceId) => {
      const found = known.get(traceId);
      if (found?.identified.kind !== 'identity') return null;
      return { session: found.session, identity: found.identified.identity };
    },
  };
}

function isUserId(value: string): boolean {
  return value.trim() !== '' && value.length <= 200 && !/\p{C}/u.test(value);
}

/** A text says what is wrong with it. */
function readRecord(session: Uint8Array): z.output<typeof SessionRecord> | string {
  if (session.byteLength > maxRecordBytes) return 'the session record is too large';
  const { problem, depth } = skimRequest(session);
  if (problem !== null) return `the session record ${problem}`;
  if (depth > maxDepth) return 'the session record is nested too deeply';
  try {
    const parsed = SessionRecord.safeParse(decodeMsgpack(session));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return `the session record's ${issue?.path.join('.')}: ${issue?.message}`;
  } catch {
    return 'the session record cannot be decoded';
  }
}

function refuse(why: string): Identified {
  return { kind: 'refused', why };
}
