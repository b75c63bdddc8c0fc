import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteHandlerMethod,
} from 'fastify';
import { AppError } from '../../errors.js';
import { errorTable, type GraphQLErrorCode, httpStatusOf } from '../error-table.js';
import type { Graphiql } from './graphiql/create-graphiql.js';
import { mayBeForged } from './may-be-forged.js';
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
      { parseAs: 'buffer', bodyLimit: maxBodyBytes },
      async (request: FastifyRequest, body: Buffer) => {
        assertUtf8(request.headers['content-type'] ?? '');
        return readJsonBody(body);
      },
    );
    scope.setErrorHandler<FastifyError | AppError>((error, request, reply) => {
      const { status, code, message } = toAnswer(error, maxBodyBytes);
      if (status >= 500)
        request.log.error({ err: error, requestId: request.id }, 'GraphQL request failed');
      return reply
        .code(status)
        .type('application/json; charset=utf-8')
        .send({ errors: [{ message, extensions: { code } }] });
    });
    scope.addHook('onClose', onClose);
    graphiql?.register(scope);
    scope.addHook('preHandler', async ({ method, headers, body }) => {
      if (Array.isArray(body)) throw severalOperations(body.length);
      if (method === 'GET' && !mayBeForged(headers))
        headers['apollo-require-preflight'] ??= 'no page';
    });
    scope.route({ method: ['GET', 'POST'], url: '/graphql', exposeHeadRoute: false, handler });
    scope.route({ method: ['PUT', 'PATCH', 'DELETE'], url: '/graphql', handler: refuseMethod });
  });
}

function assertUtf8(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(contentType)?.[1]?.toLowerCase();
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8') return;
  throw new AppError(
    'INVALID_INPUT',
    `The charset "${charset}" is not supported. Expected utf-8.`,
    {
      unsupportedCharset: charset,
    },
  );
}

function severalOperations(count: number): AppError {
  return new AppError(
    'INVALID_INPUT',
    `The request body is a list of ${count} operations. Expected one: {"query": …, "variables": …}.`,
  );
}

/** RFC 9110, 15.5.6. */
function refuseMethod({ method }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = `${method} is not supported. Expected GET or POST.`;
  const error = { message, extensions: { code: 'BAD_USER_INPUT' satisfies GraphQLErrorCode } };
  return reply
    .code(405)
    .header('allow', 'GET, POST')
    .send({ errors: [error] });
}

type Answer = { status: number; code: GraphQLErrorCode; message: string };

/** GraphQL over HTTP, section 6.4: a request that cannot be read is answered with a GraphQL error body all the same. */
function toAnswer(error: FastifyError | AppError, maxBodyBytes: number): Answer {
  if (error instanceof AppError) {
    // 400 as for every malformed GraphQL request.
    const malformed = error.details.unsupportedCharset ? 415 : 400;
    const status = error.code === 'INVALID_INPUT' ? malformed : httpStatusOf(error);
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
