import type { PathsObject } from 'openapi3-ts/oas31';
import { describe, queryParameter } from './operation.js';
import { object } from './schema-parts.js';

const text = { type: 'string' } as const;

export const searchPaths: PathsObject = {
  '/search': {
    get: describe({
      id: 'searchTools',
      tag: 'Agents',
      summary: 'Find the tools that answer a question',
      parameters: [
        { ...queryParameter('q', 'What the tool should do, or its name.', text), required: true },
        queryParameter('agent_id', 'Only tools that this agent may call.', text),
        queryParameter('kind', 'Only tools of this kind; local tools are found with `local`.', {
          type: 'string',
          enum: ['endpoint', 'mcp', 'local'],
        }),
        queryParameter('limit', 'How many matches.', {
          type: 'integer',
          minimum: 1,
          maximum: 100,
          default: 10,
        }),
      ],
      answer: {
        description: 'The best first, without their schemas.',
        schema: object({
          matches: {
            type: 'array',
            items: object({
              id: text,
              kind: { type: 'string', enum: ['ENDPOINT', 'MCP', 'LOCAL'] },
              name: text,
              description: { type: ['string', 'null'] },
              score: { type: 'number', minimum: 0, maximum: 1 },
              reasons: { type: 'array', items: text },
              tokens: { type: 'integer' },
            }),
          },
        }),
      },
    }),
  },
};
