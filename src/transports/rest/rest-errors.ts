import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type InputIssue } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { SpecProblem } from '../../openapi/types.js';
import { httpStatusOf } from '../error-table.js';
import { presentProblem } from './present-sync.js';
import { HttpRefusal, type Loc } from './refusals.js';
import { snakeCase } from './snake-case.js';

type Detail = { loc: Loc; msg: string; type: string };

/**
 * Answers a failure as `{detail}`: a sentence, or for a request that does not validate (422) a list of `{loc, msg, type}`. A document that
 * cannot be read has its problems beside the list. Anything that is no expected failure is logged and answers with the request id only.
 */
export function sendRestError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  if (error instanceof HttpRefusal) {
    return reply.code(error.status).headers(error.headers).send({ detail: error.message });
  }
  if (error instanceof AppError && error.code !== 'INTERNAL') {
    return sendAppError(error, request, reply, logger);
  }
  const refusal = refusalOfFramework(error);
  if (refusal) return reply.code(refusal.status).send({ detail: refusal.message });
  logger.error({ err: error, requestId: request.id, url: request.routeOptions.url }, 'REST failed');
  return reply.code(500).send({ detail: 'Internal error', request_id: request.id });
}

function sendAppError(
  error: AppError,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  const status = httpStatusOf(error);
  if (status >= 500)
    logger.warn({ err: error, requestId: request.id }, 'REST answered with an error');
  if (status === 429) reply.header('retry-after', String(error.details.retryAfterSeconds));
  reply.code(status);
  if (status !== 422) return reply.send({ detail: error.message });
  const problems = problemsOf(error);
  if (problems) {
    return reply.send({
      detail: problems.map(detailOfProblem),
      problems: problems.map(presentProblem),
    });
  }
  return reply.send({ detail: detailsOf(error, request) });
}

function detailsOf({ message, details }: AppError, request: FastifyRequest): Detail[] {
  const { issues = [issueOf(message)], isLocated } = details;
  return issues.map((issue) => ({
    loc: isLocated ? issue.path : locate(issue, request),
    msg: issue.message,
    type: issue.code,
  }));
}

/** A sentence about one field begins with its path, as those of `parseInput` do. */
function issueOf(sentence: string): InputIssue {
  const [, path, message] = /^([a-zA-Z]+(?:\.[a-zA-Z]+)*): (.+)$/s.exec(sentence) ?? [];
  if (path === undefined || message === undefined) {
    return { path: [], message: sentence, code: 'invalid_input' };
  }
  return { path: path.split('.'), message, code: 'invalid_input' };
}

function problemsOf({ details }: AppError): SpecProblem[] | null {
  return Array.isArray(details.problems) ? (details.problems as SpecProblem[]) : null;
}

function detailOfProblem({ pointer, message, code }: SpecProblem): Detail {
  return { loc: pointer === '' ? ['body'] : ['body', pointer], msg: message, type: code };
}

const places: Record<string, Loc> = {
  id: ['path', 'id'],
  apiId: ['header', 'x-apiId'],
  appId: ['header', 'x-appId'],
  first: ['query', 'limit'],
  after: ['query', 'after'],
  search: ['query', 'search'],
  tag: ['query', 'tag'],
  path: ['query', 'path'],
  format: ['query', 'format'],
  archive: ['body', 'file'],
  agentType: ['query', 'agent_type'],
  timeoutSeconds: ['body', 'timeout'],
  expiresInSeconds: ['body', 'expires_in'],
  tool: ['path', 'tool'],
  fingerprint: ['query', 'fingerprint'],
};

/** Where a field of a verb's input came from in the request. */
function locate({ path }: InputIssue, request: FastifyRequest): Loc {
  const [first, ...rest] = path;
  if (first === undefined) return ['body'];
  if (first === 'source') {
    const member = rest[0] === 'url' ? 'swagger_url' : 'swagger_json';
    return rest.length === 0 ? ['body'] : ['body', member];
  }
  if (first === 'agentId') {
    return [Object.hasOwn(Object(request.params), 'agent_id') ? 'path' : 'query', 'agent_id'];
  }
  if (first === 'arguments') {
    const isTest = request.routeOptions.url?.endsWith('/test');
    return ['body', isTest ? 'parameters' : 'arguments', ...rest];
  }
  return places[String(first)] ?? ['body', snakeCase(String(first)), ...rest];
}

const sentences: Record<string, string> = {
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as its Content-Length says.',
  FST_ERR_BAD_URL:
    'The path of the request is not well-formed: "%" has to start an escape like %20.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the path is too long.',
  FST_MP_PREMATURE_CLOSE: 'The upload ended before its end.',
};

/** Answers what Fastify finds before it looks for a route, such as a path that cannot be decoded; for its `frameworkErrors`. */
export function sendFrameworkError(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status, message } = refusalOfFramework(error) ?? { status: 400, message: 'Bad request' };
  return reply.code(status).header('x-request-id', request.id).send({ detail: message });
}

/** Failures of a request that Fastify finds before a route runs; null for anything else. */
function refusalOfFramework(error: unknown): { status: number; message: string } | null {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return null;
  const { statusCode, code } = error;
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return null;
  return { status: statusCode, message: sentences[String(code)] ?? error.message };
}
