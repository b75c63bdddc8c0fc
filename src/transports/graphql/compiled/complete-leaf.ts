import { type GraphQLLeafType, GraphQLScalarType } from 'graphql';

/** Serialises a value that is neither null nor an error; throws for one that the type cannot show. */
export type Serialize = (value: unknown) => unknown;

/** A leaf's `serialize` with a short way for what most values are already. */
export function serializerOf(type: GraphQLLeafType): Serialize {
  const slow = (value: unknown) => serialize(type, value);
  if (!(type instanceof GraphQLScalarType)) return slow;
  switch (type.name) {
    case 'String':
    case 'ID':
      return (value) => (typeof value === 'string' ? value : slow(value));
    case 'Boolean':
      return (value) => (typeof value === 'boolean' ? value : slow(value));
    case 'Int':
      return (value) => (typeof value === 'number' && (value | 0) === value ? value : slow(value));
    default:
      return slow;
  }
}

function serialize(type: GraphQLLeafType, value: unknown): unknown {
  const serialized: unknown = type.serialize(value);
  if (serialized === null || serialized === undefined) {
    throw new Error(`A value of the type "${type.name}" serialises to nothing.`);
  }
  return serialized;
}
