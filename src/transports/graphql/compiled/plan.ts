import type {
  FieldNode,
  GraphQLField,
  GraphQLFieldResolver,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLResolveInfo,
} from 'graphql';
import type { Container, Place } from './place.js';
import type { Run } from './run.js';

/** Fills one field of an object: `at` is where the object itself stands. */
export type FieldPlan = (
  run: Run,
  source: unknown,
  to: { target: Container; at: Place | undefined },
) => void;

/** The fields of one object type in one selection. */
export type ObjectPlan = { type: GraphQLObjectType; fields: FieldPlan[] };

/**
 * Makes of what a resolver gave what the answer shows; throws what is wrong with it. What arrives later is filled in
 * at `place`.
 */
export type Complete = (
  run: Run,
  value: unknown,
  place: Place,
  info: GraphQLResolveInfo,
) => unknown;

/** One field of a selection: everything about it that no run changes. */
export type FieldSpec = {
  key: string;
  nodes: readonly FieldNode[];
  node: FieldNode;
  definition: GraphQLField<unknown, unknown>;
  parentType: GraphQLObjectType;
  type: GraphQLOutputType;
  canBeNull: boolean;
  resolve: GraphQLFieldResolver<unknown, unknown> | undefined;
};

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
