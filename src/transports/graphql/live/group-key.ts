import { type ASTNode, type DocumentNode, Kind, visit } from 'graphql';
import type { Actor } from '../../../context.js';
import type { Subscribing } from './hand-over.js';

export type GroupOf = Subscribing & {
  query: string;
  variables: Readonly<Record<string, unknown>>;
  actor: Actor;
};

const roots: ReadonlySet<string> = new Set(['catalogChanged', 'callFinished']);

const namesByDocument = new WeakMap<DocumentNode, ReadonlySet<string>>();

/**
 * Equal for subscribers who are answered the same for the same event: who asks, what is asked, and the variables on
 * which the answer depends. The arguments of the subscription's own field choose the events, not what is said of one.
 */
export function groupKey({ query, document, operation, variables, actor }: GroupOf): string {
  const names = namesByDocument.get(document) ?? namesBelowRoot(document);
  namesByDocument.set(document, names);
  const said = Object.entries(variables).filter(([name]) => names.has(name));
  const { tenant, app, subject, scopes } = actor;
  return JSON.stringify([
    ...[tenant, app, subject, [...scopes].sort()],
    ...[query, operation.name?.value ?? null, said.sort(([a], [b]) => (a < b ? -1 : 1))],
  ]);
}

function namesBelowRoot(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Argument: (_node, _key, _parent, _path, ancestors) =>
      isRoot(ancestors.at(-1)) ? false : undefined,
    Variable: ({ name }) => {
      names.add(name.value);
    },
  });
  return names;
}

/** It may stand in a fragment; these names occur nowhere else in the schema. */
function isRoot(node: ASTNode | readonly ASTNode[] | undefined): boolean {
  return !!node && 'kind' in node && node.kind === Kind.FIELD && roots.has(node.name.value);
}
