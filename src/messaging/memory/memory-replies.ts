import { toFieldMap } from '../fields.js';
import type { Reply } from '../request-log.js';

/** Streams that nobody has to read: what is too old or too much is forgotten. */
export type MemoryReplies = {
  send(reply: Reply): void;
  /** All that lies on a stream, oldest first, and removes it. */
  take(replyTo: string): ReadonlyMap<string, Uint8Array>[];
};

type ReplyStream = { replies: ReadonlyMap<string, Uint8Array>[]; endsAt: number };

const maxStreams = 1000;

export function createMemoryReplies(options: {
  maxReplies: number;
  keepMs: number;
  now(): number;
}): MemoryReplies {
  const streams = new Map<string, ReplyStream>();

  function live(replyTo: string): ReplyStream | undefined {
    const stream = streams.get(replyTo);
    return stream && stream.endsAt > options.now() ? stream : undefined;
  }

  return {
    send: ({ replyTo, fields }) => {
      const replies = [...(live(replyTo)?.replies ?? []), toFieldMap(fields)];
      // Deleted first: the one written last is the last to be forgotten.
      streams.delete(replyTo);
      streams.set(replyTo, {
        replies: replies.slice(-options.maxReplies),
        endsAt: options.now() + options.keepMs,
      });
      for (const oldest of streams.keys()) {
        if (streams.size <= maxStreams) break;
        streams.delete(oldest);
      }
    },
    take: (replyTo) => {
      const replies = live(replyTo)?.replies ?? [];
      streams.delete(replyTo);
      return replies;
    },
  };
}
