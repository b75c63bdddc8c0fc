import { registerEnumType } from 'type-graphql';
import { operationChangeKinds } from '../../../catalog/plan-changes.js';
import { enumOf } from './enum-of.js';

export const OperationChangeKindEnum = enumOf(operationChangeKinds);

registerEnumType(OperationChangeKindEnum, {
  name: 'OperationChangeKind',
  description: 'What a sync does to one operation.',
  valuesConfig: {
    ADDED: { description: 'New in the document.' },
    CHANGED: { description: 'Still there, and something that the document says of it differs.' },
    REMOVED: { description: 'No longer in the document.' },
    RENAMED: { description: 'The same endpoint under another tool name.' },
  },
});
