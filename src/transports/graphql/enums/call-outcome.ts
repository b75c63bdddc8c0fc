import { registerEnumType } from 'type-graphql';
import { callOutcomes } from '../../../calls/call-types.js';
import { enumOf } from './enum-of.js';

export const CallOutcomeEnum = enumOf(callOutcomes);

registerEnumType(CallOutcomeEnum, {
  name: 'CallOutcome',
  description: 'What a call came to.',
  valuesConfig: {
    OK: { description: 'The upstream answered with a status below 400.' },
    DENIED: { description: 'It was not sent: the address may not be reached.' },
    FAILED: { description: 'The upstream answered with 400 or above, or did not answer.' },
    TIMEOUT: { description: 'Time ran out, and nothing can have happened.' },
    INDETERMINATE: {
      description: 'It was sent and no answer came: it may have had its effect, or not.',
    },
  },
});
