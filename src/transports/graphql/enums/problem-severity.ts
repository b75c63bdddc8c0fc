import { registerEnumType } from 'type-graphql';
import { problemSeverities } from '../../../openapi/types.js';
import { enumOf } from './enum-of.js';

export const ProblemSeverityEnum = enumOf(problemSeverities);

registerEnumType(ProblemSeverityEnum, {
  name: 'ProblemSeverity',
  description: 'How much a finding about a document matters.',
  valuesConfig: {
    ERROR: { description: 'Something could not be read: the document, or one operation of it.' },
    WARNING: {
      description: 'A tool was made, with a degradation that may be felt when it is called.',
    },
    INFO: { description: 'Worth knowing; nothing is lost.' },
  },
});
