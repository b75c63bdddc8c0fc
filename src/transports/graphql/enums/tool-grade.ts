import { registerEnumType } from 'type-graphql';
import { toolGrades } from '../../../catalog/grade-tool-change.js';
import { enumOf } from './enum-of.js';

export const ToolGradeEnum = enumOf(toolGrades);

registerEnumType(ToolGradeEnum, {
  name: 'ToolGrade',
  description: 'How much a change of a tool asks of those who use it.',
  valuesConfig: {
    HARMLESS: { description: 'Calls and answers stay as they are.' },
    WIDENED: { description: 'It takes or answers more than before.' },
    BREAKING: {
      description: 'A call that worked before may fail, or its result may not be understood.',
    },
    SUSPICIOUS: {
      description:
        'It may be meant to do harm: a new required input, another host, a reader that became a writer, text that instructs the model.',
    },
  },
});
