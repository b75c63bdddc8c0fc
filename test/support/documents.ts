/** One operation of a generated document. */
export type OperationSketch = {
  id?: string;
  method?: string;
  path: string;
  /** Names of query parameters; a trailing `!` makes one required. */
  query?: string[];
};

/** A small, valid OpenAPI document that says no more than the point of a test. */
export function aDocument(operations: OperationSketch[], title = 'Pets'): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { id, method = 'get', path, query = [] } of operations) {
    paths[path] ??= {};
    paths[path][method] = {
      ...(id ? { operationId: id } : {}),
      parameters: query.map((name) => ({
        name: name.replace('!', ''),
        in: 'query',
        required: name.endsWith('!'),
        schema: { type: 'string' },
      })),
      responses: { 200: { description: 'OK' } },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title, version: '1' },
    servers: [{ url: 'https://api.example.com' }],
    paths,
  };
}

/** A document with many operations and bodies of some size, for work that takes a while. */
export function aLargeDocument(operations: number, mark: string): Record<string, unknown> {
  const properties = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      `field${index}`,
      { type: 'string', description: `${mark} field ${index} of the item.` },
    ]),
  );
  const paths = Object.fromEntries(
    Array.from({ length: operations }, (_, index) => [
      `/items/${index}`,
      {
        post: {
          operationId: `makeItem${index}`,
          description: `${mark} makes the item ${index}.`,
          requestBody: {
            content: { 'application/json': { schema: { type: 'object', properties } } },
          },
          responses: { 200: { description: 'OK' } },
        },
      },
    ]),
  );
  return { openapi: '3.1.0', info: { title: 'Items', version: mark }, paths };
}
