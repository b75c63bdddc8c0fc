import { registerEnumType } from 'type-graphql';
import { mcpServerStatuses } from '../../../mcp-servers/mcp-server.entity.js';
import { enumOf } from './enum-of.js';

export const McpServerStatusEnum = enumOf(mcpServerStatuses);

registerEnumType(McpServerStatusEnum, {
  name: 'McpServerStatus',
  description: 'How an MCP server does. Its tools stay offered unless it is DISABLED.',
  valuesConfig: {
    UNKNOWN: { description: 'It has not been asked yet.' },
    READY: { description: 'It told its tools when it was asked last.' },
    UNREACHABLE: { description: 'It failed when it was asked last; it is asked again.' },
    NEEDS_REAUTH: {
      description: 'It takes no token that is stored: a person has to bring new ones.',
    },
    DISABLED: { description: 'A person switched it off: its tools are offered to nobody.' },
  },
});
