import type { FastifyError, FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { AppError } from '../../errors.js';
import { errorTable, type GraphQLErrorCode, httpStatusOf } from '../error-table.js';
import type { Graphiql } from './graphiql/create-graphiql.js';
import { readJsonBody } from './read-json-body.js';

export type GraphqlRoute = {
  handler: RouteHandlerMethod;
  maxBodyBytes: number;
  /** Null: a browser is answered as any other client. */
  graphiql: Graphiql | null;
  onClose(): Promise<void>;
};

/** Puts the handler on `/graphql`, in a scope of its own: its body parser and its error format concern no other route. */
export async function registerRoute(
  app: FastifyInstance,
  { handler, maxBodyBytes, graphiql, onClose }: GraphqlRoute,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: maxBodyBytes },
      async (_request: FastifyRequest, body: string) => readJsonBody(body),
    );
    scope.setErrorHandler<FastifyError | AppError>((error, request, reply) => {
      const { status, code, message } = toAnswer(error, maxBodyBytes);
      if (status >= 500) request.log.error({ err: error }, 'GraphQL request failed');
      return reply
        .code(status)
        .type('application/json; charset=utf-8')
        .send({ errors: [{ message, extensions: { code } }] });
    });
    scope.addHook('onClose', onClose);
    graphiql?.register(scope);
    scope.route({ method: ['GET', 'POST'], url: '/graphql', exposeHeadRoute: false, handler });
  });
}

type Answer = { status: number; code: GraphQLErrorCode; message: string };

/** GraphQL over HTTP, section 6.4: a request that cannot be read is answered with a GraphQL error body all the same. */
function toAnswer(error: FastifyError | AppError, maxBodyBytes: number): Answer {
  if (error instanceof AppError) {
    // 400 as for every malformed GraphQL request.
    const status = error.code === 'INVALID_INPUT' ? 400 : httpStatusOf(error);
    return { status, code: errorTable[error.code].graphql, message: error.message };
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return {
        status: 413,
        code: 'LIMIT_EXCEEDED',
        message: `The request body is larger than the ${maxBodyBytes} bytes that are allowed.`,
      };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return {
        status: 415,
        code: 'BAD_USER_INPUT',
        message: 'The content type is not supported. Expected application/json.',
      };
    default:
      return (error.statusCode ?? 500) < 500
        ? { status: error.statusCode ?? 400, code: 'BAD_USER_INPUT', message: error.message }
        : { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal error' };
  }
}
