import { type ASTNode, GraphQLError } from 'graphql';
import { AppError } from '../../../errors.js';

export type LimitName =
  | 'depth'
  | 'aliases'
  | 'directives'
  | 'length'
  | 'tokens'
  | 'comments'
  | 'nesting'
  | 'selections'
  | 'repeats'
  | 'cost';

export type Exceeded = { limit: LimitName; found?: number; allowed: number };

/** Fragments of fragments may count beyond what a number holds exactly. */
export function countable(found: number): number {
  return Math.min(Math.ceil(found), Number.MAX_SAFE_INTEGER);
}

/**
 * LIMIT_EXCEEDED for an operation that asks for too much, refused before anything of it is executed; `found` and
 * `allowed` are in its extensions. GraphQL over HTTP, 6.4: as for a document that is not valid, the status is 400.
 */
export function limitError(message: string, exceeded: Exceeded, nodes?: ASTNode): GraphQLError {
  return new GraphQLError(message, {
    nodes,
    originalError: new AppError('LIMIT_EXCEEDED', message, exceeded),
    extensions: { http: { status: 400 } },
  });
}
