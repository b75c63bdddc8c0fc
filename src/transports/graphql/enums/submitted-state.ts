import { registerEnumType } from 'type-graphql';
import { submittedStates } from '../../../calls/submitted/submitted-call.entity.js';
import { enumOf } from './enum-of.js';

export const SubmittedStateEnum = enumOf(submittedStates);

registerEnumType(SubmittedStateEnum, {
  name: 'SubmittedState',
  description: 'How far a submitted call is.',
  valuesConfig: {
    QUEUED: { description: 'It waits for a worker.' },
    RUNNING: { description: 'A worker has begun it.' },
    DONE: { description: 'It has its result.' },
  },
});
