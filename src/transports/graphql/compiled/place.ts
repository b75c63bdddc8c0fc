/** An object or a list of the answer, as it is being filled. */
export type Container = Record<string | number, unknown>;

/**
 * Where a value stands in the answer. Also the `path` of a resolver's `info`, which graphql-js makes of the same three
 * fields `prev`, `key` and `typename`.
 */
export class Place {
  /** Its value was given up for null: what still arrives below it changes nothing. */
  isDead = false;
  /** Its value failed at once, while parts of it were still on the way. */
  hasFailed = false;

  constructor(
    readonly prev: Place | undefined,
    readonly key: string | number,
    readonly typename: string | undefined,
    readonly container: Container,
    readonly canBeNull: boolean,
  ) {}
}

/** Response keys and indexes from the root down. */
export function toPath(place: Place | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = place; at; at = at.prev) path.push(at.key);
  return path.reverse();
}
