import type { PathsObject, ResponseObject } from 'openapi3-ts/oas31';
import { describe, queryParameter } from './operation.js';
import { object } from './schema-parts.js';

const page = (description: string): ResponseObject => ({
  description,
  content: { 'text/html': { schema: { type: 'string' } } },
});

export const mcpOauthPaths: PathsObject = {
  '/mcp-servers/oauth/callback': {
    get: {
      operationId: 'finishMcpAuthorization',
      tags: ['Service'],
      summary: 'Come back from an authorization server',
      description:
        'A browser comes here after `beginMcpAuthorization`. The state authenticates it, once, within ten minutes.',
      parameters: [
        queryParameter('state', 'As it was begun.'),
        queryParameter('code', 'What is exchanged for tokens.'),
        queryParameter('iss', 'Who answers (RFC 9207).'),
        queryParameter('error', 'In place of a code: why there is none.'),
      ],
      responses: {
        200: page('A page for a person: it is done.'),
        403: page('The answer is not of the authorization server that was asked.'),
        404: page('The state is not known, or is spent.'),
        409: page('The server was changed meanwhile.'),
        422: page('A parameter is missing, or given twice.'),
        500: page('A bug.'),
        502: page('The authorization server refused, or failed.'),
        503: page('The client of the server is incomplete.'),
        504: page('The authorization server took too long.'),
      },
      security: [],
    },
  },
  '/mcp-servers/oauth/client-metadata': {
    get: describe({
      id: 'getOauthClientMetadata',
      tag: 'Service',
      who: 'public',
      summary: 'Read what authorization servers are told of us',
      description: 'The document that our OAuth client id names (RFC 7591 client metadata).',
      answer: {
        description: 'The metadata.',
        schema: object({
          client_id: { type: 'string' },
          client_uri: { type: 'string' },
          client_name: { type: 'string' },
          redirect_uris: { type: 'array', items: { type: 'string' } },
          grant_types: { type: 'array', items: { type: 'string' } },
          response_types: { type: 'array', items: { type: 'string' } },
          token_endpoint_auth_method: { type: 'string' },
          application_type: { type: 'string' },
        }),
      },
      errors: [404],
    }),
  },
};
