import { type FieldNode, type GraphQLResolveInfo, locatedError } from 'graphql';
import { type Place, toPath } from './place.js';
import { type Complete, isPromise } from './plan.js';
import type { Run } from './run.js';

export type Filling = { nodes: readonly FieldNode[]; complete: Complete; info: GraphQLResolveInfo };

/**
 * Completes a value into its place, at once or when it arrives. A failure makes the place null where it may be;
 * otherwise it is thrown, located, for what is around the place to deal with.
 */
export function fillPlace(run: Run, value: unknown, place: Place, filling: Filling): void {
  const { nodes, complete, info } = filling;
  try {
    if (isPromise(value))
      fillLater(run, value, { place, nodes }, (it) => complete(run, it, place, info));
    else place.container[place.key] = complete(run, value, place, info);
  } catch (error) {
    failPlace(run, error, place, nodes);
  }
}

/** Null until the promise has its value and `complete` has made the answer of it. */
export function fillLater<Value>(
  run: Run,
  promise: PromiseLike<Value>,
  { place, nodes }: { place: Place; nodes: readonly FieldNode[] },
  complete: (value: Value) => unknown,
): null {
  const { container, key } = place;
  container[key] = null;
  run.follow(
    promise,
    (value) => {
      container[key] = complete(value);
    },
    (error) => run.bubble(locatedError(error, nodes, toPath(place)), place),
  );
  return null;
}

export function failPlace(
  run: Run,
  error: unknown,
  place: Place,
  nodes: readonly FieldNode[],
): void {
  const located = locatedError(error, nodes, toPath(place));
  place.hasFailed = true;
  if (!place.canBeNull) throw located;
  run.errors.push(located);
  place.container[place.key] = null;
}
