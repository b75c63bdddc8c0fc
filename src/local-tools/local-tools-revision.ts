import type { EntityManager } from '@mikro-orm/postgresql';
import { tellCommittedWrite } from '../changes/committed-writes.js';
import { readRevision } from '../changes/current-revision.js';

/**
 * Local tools belong to no tenant. What becomes of them is counted under this name, which no tenant can have: the
 * database takes the next revision with every row that is written, and notifies as it does for tenants.
 */
export const localToolsTenant = '';

/** For whoever has just committed a write of local tools. */
export async function tellLocalToolsWrite(em: EntityManager): Promise<void> {
  tellCommittedWrite(em, localToolsTenant, await readRevision(em, localToolsTenant));
}
