import {
  BREAK,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  visit,
} from 'graphql';

/** Fields of `Query` below which everything is of the catalog: the tenant's revision tells whether it changed. */
export const catalogRoots: ReadonlySet<string> = new Set([
  '__typename',
  'agent',
  'agents',
  'api',
  'apis',
  'catalogRevision',
  'endpoint',
  'localTools',
  'skill',
  'skills',
]);

const known = new WeakMap<OperationDefinitionNode, boolean>();

/**
 * Fields of any type that lead to an MCP server: how it does, and how long its token is good, change without a revision.
 */
export const volatileFields: ReadonlySet<string> = new Set(['server', 'mcpServer', 'mcpServers']);

/** True of a query that gives the same answer for as long as the catalog is the same. */
export function isCatalogRead(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const found = known.get(operation);
  if (found !== undefined) return found;
  const isRead =
    operation.operation === 'query' &&
    areCatalogRoots(document, operation.selectionSet.selections, new Set()) &&
    !asksForVolatile(document);
  known.set(operation, isRead);
  return isRead;
}

/** Anywhere in the document, so that no fragment has to be followed. */
function asksForVolatile(document: DocumentNode): boolean {
  let isFound = false;
  visit(document, {
    Field: ({ name }) => {
      if (volatileFields.has(name.value)) isFound = true;
      return isFound ? BREAK : undefined;
    },
  });
  return isFound;
}

function areCatalogRoots(
  document: DocumentNode,
  selections: readonly SelectionNode[],
  spread: Set<string>,
): boolean {
  return selections.every((selection) => {
    if (selection.kind === Kind.FIELD) return catalogRoots.has(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return areCatalogRoots(document, selection.selectionSet.selections, spread);
    }
    const name = selection.name.value;
    if (spread.has(name)) return true;
    spread.add(name);
    return document.definitions.every(
      (definition) =>
        definition.kind !== Kind.FRAGMENT_DEFINITION ||
        definition.name.value !== name ||
        areCatalogRoots(document, definition.selectionSet.selections, spread),
    );
  });
}
