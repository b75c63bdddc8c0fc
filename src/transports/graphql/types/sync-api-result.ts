import { createUnionType } from 'type-graphql';
import { SyncApiSuccessType } from './sync-api-success-type.js';
import { SyncConflictType } from './sync-conflict-type.js';

export const SyncApiResult = createUnionType({
  name: 'SyncApiResult',
  description: 'A conflict is an answer of its own, so that a client can show who is in the way.',
  types: () => [SyncApiSuccessType, SyncConflictType] as const,
  resolveType: (result) => ('changes' in result ? 'SyncConflict' : 'SyncApiSuccess'),
});
