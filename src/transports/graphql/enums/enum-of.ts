/** An enum object for a closed list of names, each standing for itself. */
export function enumOf<const Name extends string>(
  names: readonly Name[],
): { readonly [N in Name]: N } {
  // The entries are exactly the names, each under itself.
  return Object.fromEntries(names.map((name) => [name, name])) as { [N in Name]: N };
}
