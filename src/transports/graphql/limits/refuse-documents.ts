import type { ApolloServerPlugin, GraphQLRequestContext } from '@apollo/server';
import { type DocumentNode, GraphQLError, type GraphQLFormattedError, parse } from 'graphql';
import type { Documents } from './create-documents.js';

export type RefuseDocumentsOptions = {
  documents: Documents;
  format(error: GraphQLError): GraphQLFormattedError;
};

/**
 * Makes Apollo Server take its documents from `documents`, so that nothing is parsed or validated twice, nor before it
 * is held against the limits. The document store of the server must be off (`documentStore: null`): then a document that
 * is there already is executed as it is.
 */
export function refuseDocuments<Context extends object>({
  documents,
  format,
}: RefuseDocumentsOptions): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      let refused: readonly GraphQLError[] | null = null;
      return {
        async didResolveSource(context) {
          const { document, errors } = documents.read(context.source);
          refused = errors;
          giveDocument(context, document ?? placeholder);
        },
        async didResolveOperation({ document, request, operation }) {
          const [first] = refused ?? [];
          if (first) throw first;
          const { variables, operationName, http, extensions } = request;
          const tooDear = documents.refusal({ document, operationName, variables });
          if (tooDear) throw tooDear;
          const isCallback = Boolean(extensions?.subscription);
          if (http && operation?.operation === 'subscription' && !isCallback)
            throw wrongTransport();
        },
        async willSendResponse({ response }) {
          if (refused && response.body.kind === 'single') {
            response.body.singleResult.errors = refused.map(format);
          }
        },
      };
    },
  };
}

const placeholder = parse('{ __typename }');

/** Apollo Server looks for a document in its own store next, and parses the text only where there is still none. */
function giveDocument<Context extends object>(
  context: GraphQLRequestContext<Context>,
  document: DocumentNode,
): void {
  (context as { document?: DocumentNode }).document = document;
}

function wrongTransport(): GraphQLError {
  return new GraphQLError(
    'A subscription is not answered by one response. Ask by WebSocket (graphql-transport-ws) or by server-sent events (accept: text/event-stream).',
    { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } },
  );
}
