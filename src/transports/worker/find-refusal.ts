import type { Clock } from '../../context.js';
import type { Ask, Ended } from './request-source.js';

/** What keeps a request from running as things are now; null: nothing. */
export async function findRefusal({ clock }: { clock: Clock }, ask: Ask): Promise<Ended | null> {
  if (ask.deadlineAt && ask.deadlineAt <= clock.now()) {
    return { kind: 'rejected', code: 'DEADLINE_EXCEEDED' };
  }
  return ask.findRefusal();
}
