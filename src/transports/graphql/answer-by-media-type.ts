import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';

const plain = 'application/json';
const responseType = 'application/graphql-response+json';

/**
 * GraphQL over HTTP, 6.4.1: a caller that asks for `application/json` by name gets the status 200 for a well-formed
 * request whose document or variables are refused, for whoever is between may answer 4xx in that media type too. By
 * 6.4.2 `application/graphql-response+json` says 400 then; so does the answer to a caller that names neither.
 */
export function answerByMediaType<Context extends object>(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ request, response, errors }) {
          if (response.http.status !== 400 || !errors?.every(isAboutDocument)) return;
          if (prefersPlainJson(request.http?.headers.get('accept'))) response.http.status = 200;
        },
      };
    },
  };
}

const notAboutDocument = ['BAD_REQUEST', 'INTERNAL_SERVER_ERROR'];

/** Whether the request itself could be read. */
function isAboutDocument({ extensions }: GraphQLError): boolean {
  return !notAboutDocument.includes(String(extensions.code));
}

/** RFC 9110, 12.5.1; of types that weigh the same the first one counts, as in the choice of the answer's media type. */
export function prefersPlainJson(accept: string | undefined): boolean {
  const weights = (accept ?? '').split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((one) => one.startsWith('q='))?.slice(2);
    return { type, weight: weight === undefined ? 1 : Number(weight) };
  });
  const [preferred] = weights
    .filter(({ type, weight }) => (type === plain || type === responseType) && weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return preferred?.type === plain;
}
