import type { PathsObject } from 'openapi3-ts/oas31';
import { describe } from './operation.js';
import { object } from './schema-parts.js';

export const servicePaths: PathsObject = {
  '/health': {
    get: describe({
      id: 'getHealth',
      tag: 'Service',
      who: 'public',
      summary: 'Tell that the process runs',
      answer: {
        description: 'It runs.',
        schema: object({ status: { type: 'string', const: 'ok' } }),
        example: { status: 'ok' },
      },
    }),
  },
};
