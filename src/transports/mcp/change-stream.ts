import { watchChanges } from '../../changes/watch-changes.js';
import type { Context } from '../../context.js';
import { AppError } from '../../errors.js';
import { notificationText } from './rpc-message.js';

/** Where changes of an agent's tools go. */
export type ChangeSink = {
  /** `revision`: what the caller knows once it has asked anew. */
  changed(revision: string): void;
  /** Resolves when there is room for more. */
  drained(): Promise<void>;
  signal: AbortSignal;
};

export const listChanged = notificationText('notifications/tools/list_changed');

/**
 * Tells of every change of an agent's tools that is committed after a revision, on whichever replica, until the sink
 * ends. Of changes that are not known any more it tells once: there is only one thing to do about any number of them.
 */
export async function tellChanges(
  ctx: Pick<Context, 'actor' | 'feed'>,
  { agentId, after }: { agentId: string; after: string },
  sink: ChangeSink,
): Promise<void> {
  for (let at = after; !sink.signal.aborted; ) {
    const changes = watchChanges(ctx, { after: at, agentId });
    const end = () => void changes.return?.();
    sink.signal.addEventListener('abort', end, { once: true });
    try {
      for await (const { revision } of changes) {
        at = revision;
        sink.changed(revision);
        await sink.drained();
      }
      return;
    } catch (error) {
      if (!(error instanceof AppError) || error.details.reason === undefined) throw error;
      at = await ctx.feed.revisionOf(ctx.actor.tenant);
      sink.changed(at);
    } finally {
      sink.signal.removeEventListener('abort', end);
    }
  }
}

/** Event ids of streams that tell of changes: the log of changes is what they are resumed from. */
export function toEventId(revision: string): string {
  return `r-${revision}`;
}

/** The revision of an event id; null for one of another kind. */
export function revisionOfEvent(eventId: string): string | null {
  return /^r-(\d{1,18})$/.exec(eventId)?.[1] ?? null;
}
