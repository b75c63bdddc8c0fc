import type { DatabaseConfig } from './config-types.js';

type Welcome = {
  url: string;
  database: DatabaseConfig;
  /** Other machines can connect, and every caller is trusted. */
  isOpen: boolean;
};

/** What a person sees when the server has started: where things are, and one command to try. */
export function welcome({ url, database, isOpen }: Welcome): string {
  const storage =
    database.driver === 'postgres' ? 'PostgreSQL' : `embedded database in ${database.dir}`;
  const warning = isOpen
    ? '\nEvery caller is trusted, also from other machines: set AUTH_* unless a gateway in front checks who asks.\n'
    : '';
  return `
Toolgraph is ready (${storage}).
${warning}
  GraphQL   ${url}/graphql
  REST      ${url}/tools
  Docs      ${url}/tools/docs

Try it:

  curl -s ${url}/tools/preview-swagger \\
    -H 'x-tenantId: demo' -H 'content-type: application/json' \\
    -d '{"swagger_json": {"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"},
         "paths": {"/pets/{id}": {"get": {"operationId": "getPet",
           "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
           "responses": {"200": {"description": "A pet"}}}}}}}'
`;
}
