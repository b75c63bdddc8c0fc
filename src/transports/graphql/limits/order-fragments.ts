import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

export type FragmentOrder = {
  /** Each behind those that it spreads. Fragments that take part in a cycle, or spread one that does, are missing. */
  ordered: FragmentDefinitionNode[];
  /** Name of a fragment that spreads itself, by way of others or not; null without one. */
  cyclic: string | null;
};

/** Orders the fragments of a document so that each can be looked at once, in time linear in its size. */
export function orderFragments(document: DocumentNode): FragmentOrder {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }
  const pending = new Map<string, number>();
  const spreadBy = new Map<string, string[]>();
  for (const [name, { selectionSet }] of fragments) {
    const spreads = [...spreadsOf(selectionSet)].filter((one) => fragments.has(one));
    pending.set(name, spreads.length);
    for (const spread of spreads) {
      const users = spreadBy.get(spread);
      if (users) users.push(name);
      else spreadBy.set(spread, [name]);
    }
  }
  const ready = [...pending].filter(([, count]) => count === 0).map(([name]) => name);
  const ordered: FragmentDefinitionNode[] = [];
  for (const name of ready) {
    const fragment = fragments.get(name);
    if (fragment) ordered.push(fragment);
    pending.delete(name);
    for (const user of spreadBy.get(name) ?? []) {
      const left = (pending.get(user) ?? 0) - 1;
      pending.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  return { ordered, cyclic: findCyclic(fragments, pending) };
}

/** Names of the fragments that are spread directly, each once. */
export function spreadsOf(selectionSet: SelectionSetNode, found = new Set<string>()): Set<string> {
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) found.add(selection.name.value);
    else if (selection.selectionSet) spreadsOf(selection.selectionSet, found);
  }
  return found;
}

/** Every fragment that is left spreads another one that is left: who follows them comes to one that was met already. */
function findCyclic(
  fragments: Map<string, FragmentDefinitionNode>,
  left: Map<string, number>,
): string | null {
  const met = new Set<string>();
  let [name] = left.keys();
  while (name !== undefined && !met.has(name)) {
    met.add(name);
    const fragment = fragments.get(name);
    const spreads: string[] = fragment ? [...spreadsOf(fragment.selectionSet)] : [];
    name = spreads.find((one) => left.has(one));
  }
  return name ?? null;
}
