import type { MemoryMessaging } from '../../src/messaging/memory/open-memory-messaging.js';

/** What lies on a caller's stream, as text by name. */
export function readMemoryReplies(
  { replies }: MemoryMessaging,
  replyTo: string,
): Record<string, string>[] {
  const taken = replies.take(replyTo);
  return taken.map((fields) =>
    Object.fromEntries([...fields].map(([name, value]) => [name, value.toString()])),
  );
}
