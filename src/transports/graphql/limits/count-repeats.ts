import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { spreadsOf } from './order-fragments.js';

type Selected = { nodes: FieldNode[] };

/**
 * How many pairs of selections have the same place in the answer, over all operations: those are what the validation of
 * a document compares with each other (GraphQL, 5.3.2 "Field Selection Merging"), so that its time grows with their
 * number. A pair weighs more for long arguments. Linear in the size of the document with its fragments written out.
 */
export function countRepeats(document: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const spread = new Set<string>();
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
    if ('selectionSet' in one) spreadsOf(one.selectionSet, spread);
  }
  let repeats = 0;
  for (const one of document.definitions) {
    const isRoot =
      one.kind === Kind.OPERATION_DEFINITION ||
      (one.kind === Kind.FRAGMENT_DEFINITION && !spread.has(one.name.value));
    if (isRoot) repeats += repeatsWithin([one.selectionSet], fragments);
  }
  return repeats;
}

function repeatsWithin(
  sets: Iterable<SelectionSetNode>,
  fragments: Map<string, FragmentDefinitionNode>,
): number {
  let repeats = 0;
  for (const { nodes } of collect(sets, fragments).values()) {
    repeats += ((nodes.length * (nodes.length - 1)) / 2) * weigh(nodes);
    const inner = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (inner.length > 0) repeats += repeatsWithin(inner, fragments);
  }
  return repeats;
}

function collect(
  sets: Iterable<SelectionSetNode>,
  fragments: Map<string, FragmentDefinitionNode>,
): Map<string, Selected> {
  const fields = new Map<string, Selected>();
  const spread = new Set<string>();
  const left = [...sets];
  for (const { selections } of left) {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const selected = fields.get(key);
        if (selected) selected.nodes.push(selection);
        else fields.set(key, { nodes: [selection] });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        left.push(selection.selectionSet);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) left.push(fragment.selectionSet);
      }
    }
  }
  return fields;
}

/** 1 for nodes without arguments, more the longer their arguments are on average. */
function weigh(nodes: readonly FieldNode[]): number {
  let characters = 0;
  for (const { arguments: args } of nodes) {
    const [first] = args ?? [];
    const last = args?.at(-1);
    if (first?.loc && last?.loc) characters += last.loc.end - first.loc.start;
  }
  return 1 + characters / nodes.length / 8;
}
