import type { JsonSchema } from '../openapi/types.js';
import { callTools } from './built-in/call-tools.js';
import { languageTools } from './built-in/language-tools.js';
import { officeTools } from './built-in/office-tools.js';
import type { AgentType } from './local-tool.entity.js';

/** What the project says of a local tool. `name` never changes: agents and assignments refer to it. */
export type BuiltInTool = {
  name: string;
  displayName: string;
  description: string;
  category: string;
  agentTypes: AgentType[];
  /** JSON Schema 2020-12; an object at its root, without combiners there, as providers of models want it. */
  inputSchema: JsonSchema;
};

/** The tools that every agent of a fitting type has without an assignment. */
export const builtInTools: readonly BuiltInTool[] = [
  ...officeTools,
  ...callTools,
  ...languageTools,
];
