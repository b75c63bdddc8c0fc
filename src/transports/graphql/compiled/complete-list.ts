import { GraphQLError, type GraphQLOutputType, isNonNullType } from 'graphql';
import type { Compiler } from './compiler.js';
import { fillPlace } from './fill-place.js';
import { type Container, Place } from './place.js';
import type { Complete, FieldSpec } from './plan.js';

/** A list of completed items; an item that fails is null where it may be. */
export function completeList(
  compiler: Compiler,
  spec: FieldSpec,
  itemType: GraphQLOutputType,
): Complete {
  const { nodes, parentType, definition } = spec;
  const complete = compiler.completer(spec, itemType);
  const canBeNull = !isNonNullType(itemType);
  return (run, value, at, info) => {
    if (!isIterable(value)) {
      throw new GraphQLError(
        `Expected Iterable, but did not find one for field "${parentType.name}.${definition.name}".`,
      );
    }
    const list: unknown[] = [];
    // Indexes are the keys of a list.
    const container = list as unknown as Container;
    const filling = { nodes, complete, info };
    let index = 0;
    for (const item of value) {
      fillPlace(run, item, new Place(at, index, undefined, container, canBeNull), filling);
      index += 1;
    }
    return list;
  };
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === 'object' &&
    typeof (value as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] === 'function'
  );
}
