import type { SchemaObject } from 'openapi3-ts/oas31';
import { exportFormats } from '../../../agents/export/export-formats.js';
import { count, listOf, names, object, text } from './schema-parts.js';

export const exportSchemas: Record<string, SchemaObject> = {
  ToolExport: object({
    agent_id: text('The agent.'),
    format: names(exportFormats, 'Whose request.'),
    revision: text('The catalog revision that they are of.'),
    tools: listOf({ type: 'object' }, 'The value of tools in the request.'),
    tool_count: count('How many tools that are.'),
    notes: listOf(
      object({ tool: text('Its name.'), message: text('What is not as it was.') }),
      'What was changed.',
    ),
    left_out: listOf(
      object({ tool: text('Its name.'), reason: text('Why the provider would not take it.') }),
      'What is not there.',
    ),
  }),
};
