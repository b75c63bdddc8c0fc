import { it } from 'vitest';
import { type FaultId, faults } from './faults.js';
import { type StatementId, statements } from './statements.js';

/** A test of one statement; its title is the sentence. `docs/worker-protocol.md` names the file that has it. */
export function statement(id: StatementId, body: () => Promise<void> | void, timeoutMs?: number) {
  it(`${id}. ${statements[id].says}`, body, timeoutMs);
}

/** A test of one fault of the list. */
export function fault(id: FaultId, body: () => Promise<void> | void, timeoutMs?: number) {
  it(`fault ${id}: ${faults[id].says}`, body, timeoutMs);
}
