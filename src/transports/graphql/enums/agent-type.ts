import { registerEnumType } from 'type-graphql';
import type { AgentType } from '../../../local-tools/local-tool.entity.js';

export const AgentTypeEnum = {
  VOICE: 'voice',
  TEXT: 'text',
  BACKGROUND: 'background',
} as const satisfies Record<Uppercase<AgentType>, AgentType>;

registerEnumType(AgentTypeEnum, {
  name: 'AgentType',
  description: 'How an agent talks with people, which decides the local tools that suit it.',
  valuesConfig: {
    VOICE: { description: 'Speaks on a call.' },
    TEXT: { description: 'Writes in a chat.' },
    BACKGROUND: { description: 'Works without a conversation.' },
  },
});
