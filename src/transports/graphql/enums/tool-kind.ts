import { registerEnumType } from 'type-graphql';
import { enumOf } from './enum-of.js';

export const ToolKindEnum = enumOf(['ENDPOINT', 'LOCAL']);
export type ToolKind = keyof typeof ToolKindEnum;

registerEnumType(ToolKindEnum, {
  name: 'ToolKind',
  description: 'What stands behind a tool.',
  valuesConfig: {
    ENDPOINT: { description: 'An operation of a synced API.' },
    LOCAL: { description: 'A built-in tool that the agent executes itself.' },
  },
});
