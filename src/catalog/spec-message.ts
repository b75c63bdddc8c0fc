import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import type { SpecReply, SpecResult } from './spec-job.js';
import type { SerializedDraft } from './spec-reader.js';

/**
 * A reply as it crosses from a parser process: the drafts in batches of bytes, unpacked one batch per turn of the event
 * loop.
 */
export type SpecMessage =
  | { kind: 'wanted'; wanted: string[] }
  | { kind: 'spec'; head: Uint8Array; drafts: Uint8Array[] }
  | { kind: 'failed'; message: string; stack: string | undefined };

const batchChars = 1_000_000;

export function packReply(reply: SpecReply): SpecMessage {
  if (reply.spec === null) return { kind: 'wanted', wanted: reply.wanted };
  const { drafts, ...rest } = reply.spec;
  return { kind: 'spec', head: serialize(rest), drafts: batchesOf(drafts).map(serialize) };
}

/** Throws what the process threw: an error that is not the document's. */
export async function unpackReply(message: SpecMessage): Promise<SpecReply> {
  if (message.kind === 'wanted') return { wanted: message.wanted, spec: null };
  if (message.kind === 'failed') {
    throw Object.assign(new Error(message.message), { stack: message.stack });
  }
  const drafts: SerializedDraft[] = [];
  for (const batch of message.drafts) {
    drafts.push(...(deserialize(batch) as SerializedDraft[]));
    await setImmediate();
  }
  return { wanted: null, spec: { ...(deserialize(message.head) as RestOfSpec), drafts } };
}

type RestOfSpec = Omit<SpecResult, 'drafts'>;

function batchesOf(drafts: SerializedDraft[]): SerializedDraft[][] {
  const batches: SerializedDraft[][] = [];
  let size = batchChars;
  for (const draft of drafts) {
    if (size >= batchChars) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)?.push(draft);
    size += 2 * draft.inputSchema.length + (draft.outputSchema?.length ?? 0) + draft.plan.length;
  }
  return batches;
}
