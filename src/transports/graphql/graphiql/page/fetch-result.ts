import type { DocumentNode } from 'graphql';

export type Request = {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown>;
};

export type Options = { headers?: Record<string, string>; documentAST?: DocumentNode | null };

/** A query or mutation by POST to the address of the page. What is no GraphQL answer becomes one that says so. */
export async function fetchResult(request: Request, { headers }: Options = {}): Promise<unknown> {
  const response = await fetch(location.pathname, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return failure(`The server answered with status ${response.status}: ${text.slice(0, 500)}`);
  }
}

/** A message as GraphiQL shows the errors of an operation. */
export function failure(message: string) {
  return { errors: [{ message }] };
}
