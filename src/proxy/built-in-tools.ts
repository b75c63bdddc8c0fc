import { builtInProvider } from '../agents/provided-tools.js';
import { stableUuid } from '../lib/stable-uuid.js';
import type { JsonSchema } from '../openapi/types.js';
import type { BuiltInTool } from './list-visible-tools.js';

/** Tools of the proxy, which every agent has where its token grants them. */
export const builtInTools: readonly BuiltInTool[] = [
  aBuiltInTool('download', {
    description: 'Downloads a file by its URL: `--url URL --out PATH` writes it to PATH.',
    method: 'GET',
    inputSchema: {
      type: 'object',
      required: ['url'],
      properties: {
        url: { type: 'string', description: 'An http or https URL.' },
        max_bytes: { type: 'integer', minimum: 1, description: 'Largest file that is taken.' },
        timeout: { type: 'number', exclusiveMinimum: 0, description: 'In seconds, at most 100.' },
        headers: {
          type: 'object',
          additionalProperties: { type: 'string' },
          description: 'Headers of the request.',
        },
        follow_redirects: { type: 'boolean', default: true },
      },
      additionalProperties: false,
    },
  }),
  aBuiltInTool('upload', {
    description: 'Uploads a file and gives its URL: `--path PATH`.',
    method: 'POST',
    inputSchema: {
      type: 'object',
      required: ['filename', 'content_base64'],
      properties: {
        filename: { type: 'string', minLength: 1, description: 'What the file is called.' },
        content_type: { type: 'string', description: 'Media type of the file.' },
        content_base64: { type: 'string', description: 'The file; clients read it from `--path`.' },
        destination: { type: 'string', description: 'Where to; the first one unless told.' },
      },
      additionalProperties: false,
    },
  }),
];

function aBuiltInTool(
  name: string,
  more: { description: string; method: string; inputSchema: JsonSchema },
): BuiltInTool {
  return {
    kind: 'BUILT_IN',
    id: stableUuid(builtInProvider, name),
    name: `${builtInProvider}:${name}`,
    provider: builtInProvider,
    tags: ['files'],
    path: '',
    ...more,
  };
}
