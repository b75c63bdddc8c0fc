import { toBuffer } from '../fields.js';
import { type DeadLetter, type DeadLetterReason, deadLetterReasons } from '../request-log.js';
import type { ScriptValue } from './run-script.js';

/** Fields of the entry other than `data`, which keeps its name. */
const fieldPrefix = 'field:';

/** A dead letter as names and values: those that readers of the stream expect, and what else the entry held. */
export function toLetterFields(letter: Omit<DeadLetter, 'id'>): ScriptValue[] {
  const about: [string, ScriptValue][] = [
    ['original_stream', letter.originalStream],
    ['original_msg_id', letter.originalId],
    ['reason', letter.reason],
    ['error', letter.error],
    ['attempt', letter.attempt],
    ['ts', letter.at.getTime()],
    ['trace_id', letter.traceId],
  ];
  if (letter.tenant !== null) about.push(['tenant', letter.tenant]);
  for (const [name, value] of letter.fields) {
    about.push([name === 'data' ? name : `${fieldPrefix}${name}`, toBuffer(value)]);
  }
  return about.flat();
}

/** Letters that others wrote have no reason and other times. */
export function readLetter(entry: { id: string; fields: Map<string, Buffer> }): DeadLetter {
  const text = (name: string) => entry.fields.get(name)?.toString() ?? '';
  const reason = deadLetterReasons.find((known) => known === text('reason'));
  return {
    id: entry.id,
    tenant: entry.fields.get('tenant')?.toString() ?? null,
    reason: reason ?? ('retries_exhausted' satisfies DeadLetterReason),
    error: text('error'),
    originalStream: text('original_stream'),
    originalId: text('original_msg_id'),
    attempt: Number.parseInt(text('attempt'), 10) || 0,
    fields: originalFields(entry.fields),
    traceId: text('trace_id'),
    // The id says when it was written.
    at: new Date(Number.parseInt(entry.id, 10)),
  };
}

function originalFields(fields: ReadonlyMap<string, Buffer>): Map<string, Uint8Array> {
  const original = new Map<string, Uint8Array>();
  for (const [name, value] of fields) {
    if (name === 'data') original.set(name, value);
    else if (name.startsWith(fieldPrefix)) original.set(name.slice(fieldPrefix.length), value);
  }
  return original;
}
