import { registerEnumType } from 'type-graphql';
import { syncStrategies } from '../../../catalog/sync-input.js';
import { enumOf } from './enum-of.js';

export const SyncStrategyEnum = enumOf(syncStrategies);

registerEnumType(SyncStrategyEnum, {
  name: 'SyncStrategy',
  description: 'What a sync does when the document has changed and agents use its endpoints.',
  valuesConfig: {
    GUARD: { description: 'Answers with a conflict that names the agents; writes nothing.' },
    SAFE: {
      description:
        'Applies the sync if the contract of every assigned endpoint is unchanged or only widened, else answers with a conflict.',
    },
    FORCE: {
      description: 'Applies the sync; endpoints that are gone leave the views of their agents.',
    },
  },
});
