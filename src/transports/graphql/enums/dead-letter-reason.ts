import { registerEnumType } from 'type-graphql';
import { type DeadLetterReason, deadLetterReasons } from '../../../messaging/request-log.js';
import { enumOf } from './enum-of.js';

/** The reasons in the way of GraphQL's enums. */
export const DeadLetterReasonEnum = enumOf(deadLetterReasons.map(toEnumName));

export type DeadLetterReasonName = Uppercase<DeadLetterReason>;

export function toEnumName(reason: DeadLetterReason): DeadLetterReasonName {
  // Upper case of one of the names is the upper-case name.
  return reason.toUpperCase() as DeadLetterReasonName;
}

registerEnumType(DeadLetterReasonEnum, {
  name: 'DeadLetterReason',
  description: 'Why a request is not tried any more.',
  valuesConfig: {
    UNDECODABLE: { description: 'What was sent cannot be read.' },
    INVALID: { description: 'It can be read, and is no request.' },
    OVERSIZE: { description: 'It is larger than a request may be.' },
    RETRIES_EXHAUSTED: { description: 'Every attempt to run it failed before it began.' },
    UNANSWERABLE: { description: 'It cannot be run, or not be answered.' },
  },
});
