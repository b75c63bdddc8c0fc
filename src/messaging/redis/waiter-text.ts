import type { Waiter } from '../job-store.js';

/** A waiter as one string, the same for the same waiter; nobody is ''. */
export function toWaiterText(waiter: Waiter | null): string {
  return waiter ? `${waiter.replyTo.length}:${waiter.replyTo}${waiter.correlationId}` : '';
}

export function readWaiter(text: string): Waiter {
  const colon = text.indexOf(':');
  const end = colon + 1 + Number(text.slice(0, colon));
  return { replyTo: text.slice(colon + 1, end), correlationId: text.slice(end) };
}
