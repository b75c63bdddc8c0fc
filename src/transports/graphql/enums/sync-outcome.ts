import { registerEnumType } from 'type-graphql';
import { syncOutcomes } from '../../../catalog/sync-input.js';
import { enumOf } from './enum-of.js';

export const SyncOutcomeEnum = enumOf(syncOutcomes);

registerEnumType(SyncOutcomeEnum, {
  name: 'SyncOutcome',
  description: 'What a sync did, or would do.',
  valuesConfig: {
    CREATED: { description: 'The API is new.' },
    UPDATED: { description: 'The document differs from the last one.' },
    UNCHANGED: {
      description: 'The same document as the last one: nothing written, no new revision.',
    },
  },
});
