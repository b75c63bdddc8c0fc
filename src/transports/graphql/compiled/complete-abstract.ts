import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  isObjectType,
} from 'graphql';
import { fillTyped, type PlanOf } from './complete-object.js';
import { fillLater } from './fill-place.js';
import { type Complete, type FieldSpec, isPromise } from './plan.js';
import type { Run } from './run.js';

/** A value of an interface or a union: its type is found first. */
export function completeAbstract(
  spec: FieldSpec,
  abstract: GraphQLAbstractType,
  planOf: PlanOf,
): Complete {
  const resolveType = abstract.resolveType ?? defaultTypeResolver;
  return (run, value, place, info) => {
    const fill = (name: string | undefined) =>
      fillTyped(run, planOf(possibleType(run, name, { spec, abstract })), value, {
        spec,
        place,
        info,
      });
    const name = resolveType(value, run.context, info, abstract);
    return isPromise(name) ? fillLater(run, name, { place, nodes: spec.nodes }, fill) : fill(name);
  };
}

type Field = { spec: FieldSpec; abstract: GraphQLAbstractType };

function possibleType(
  { program: { schema } }: Run,
  name: string | undefined,
  { spec: { parentType, definition, nodes }, abstract }: Field,
): GraphQLObjectType {
  const type = typeof name === 'string' ? schema.getType(name) : undefined;
  if (isObjectType(type) && schema.isSubType(abstract, type)) return type;
  throw new GraphQLError(
    typeof name === 'string'
      ? `Runtime Object type "${name}" is not a possible type for "${abstract.name}".`
      : `Abstract type "${abstract.name}" must resolve to an Object type at runtime for field "${parentType.name}.${definition.name}".`,
    { nodes },
  );
}
