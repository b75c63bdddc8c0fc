import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** Of one definition, its fragments written out wherever it spreads them. */
export type Measure = {
  /** Levels of nested fields; the fields of an introspection count as one. */
  depth: number;
  aliases: number;
  directives: number;
  /** Fields, inline fragments and spreads. */
  selections: number;
  /** Levels of nested selections of every kind. */
  nesting: number;
};

export type ExecutableNode = OperationDefinitionNode | FragmentDefinitionNode;

/**
 * Measures every operation and fragment, each fragment once: linear in the size of the document, however often a
 * fragment is spread. `ordered` has each fragment behind those that it spreads; there is no cycle.
 */
export function measureDocument(
  document: DocumentNode,
  ordered: readonly FragmentDefinitionNode[],
): Map<ExecutableNode, Measure> {
  const measures = new Map<ExecutableNode, Measure>();
  const byName = new Map<string, Measure>();
  for (const fragment of ordered) {
    const measure = measureDefinition(fragment, byName);
    measures.set(fragment, measure);
    byName.set(fragment.name.value, measure);
  }
  for (const one of document.definitions) {
    if (one.kind === Kind.OPERATION_DEFINITION) measures.set(one, measureDefinition(one, byName));
  }
  return measures;
}

const nothing: Measure = { depth: 0, aliases: 0, directives: 0, selections: 0, nesting: 0 };

function measureDefinition(definition: ExecutableNode, fragments: Map<string, Measure>): Measure {
  const measure = measureSelections(definition.selectionSet, fragments);
  measure.directives += countDirectives(definition.directives);
  for (const variable of definition.variableDefinitions ?? []) {
    measure.directives += countDirectives(variable.directives);
  }
  return measure;
}

function measureSelections(set: SelectionSetNode, fragments: Map<string, Measure>): Measure {
  const total = { ...nothing };
  for (const selection of set.selections) {
    const within = measureWithin(selection, fragments);
    const isField = selection.kind === Kind.FIELD;
    total.depth = Math.max(total.depth, within.depth + (isField ? 1 : 0));
    total.aliases += within.aliases + (isField && selection.alias ? 1 : 0);
    total.directives += within.directives + countDirectives(selection.directives);
    total.selections += within.selections + 1;
    total.nesting = Math.max(total.nesting, within.nesting + 1);
  }
  return total;
}

function measureWithin(selection: SelectionNode, fragments: Map<string, Measure>): Measure {
  if (selection.kind === Kind.FRAGMENT_SPREAD) {
    return fragments.get(selection.name.value) ?? nothing;
  }
  if (!selection.selectionSet) return nothing;
  const measure = measureSelections(selection.selectionSet, fragments);
  // The schema is as deep as it is; graphql-js bounds how its lists may be nested.
  const isIntrospection = selection.kind === Kind.FIELD && selection.name.value.startsWith('__');
  return isIntrospection ? { ...measure, depth: 0 } : measure;
}

function countDirectives(directives: readonly DirectiveNode[] | undefined): number {
  return directives?.length ?? 0;
}
