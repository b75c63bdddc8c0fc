import { registerEnumType } from 'type-graphql';
import { enumOf } from './enum-of.js';

export const ToolKindEnum = enumOf(['ENDPOINT', 'MCP', 'LOCAL']);
export type ToolKind = keyof typeof ToolKindEnum;

registerEnumType(ToolKindEnum, {
  name: 'ToolKind',
  description: 'What stands behind a tool.',
  valuesConfig: {
    ENDPOINT: { description: 'An operation of a synced API.' },
    MCP: { description: 'A tool of a registered MCP server.' },
    LOCAL: { description: 'A built-in tool that the agent executes itself.' },
  },
});
