import type { Context } from '../../context.js';
import type { EndpointSession } from './session-store.js';

/** One request to an agent's endpoint: who asks, of which agent, in which revision of the protocol. */
export type Exchange = {
  ctx: Context;
  agentId: string;
  /** Null: a request that stands for itself. */
  session: EndpointSession | null;
  protocolVersion: string;
  /** Whether tools that the agent executes itself are listed too. */
  withLocal: boolean;
};
