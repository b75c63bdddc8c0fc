import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLDirective,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type SelectionNode,
  typeFromAST,
} from 'graphql';
import type { Program } from './run.js';

/** Values of the variables that `@skip` and `@include` read. */
export type Conditions = Record<string, unknown>;

type Collection = {
  program: Program;
  conditions: Conditions;
  type: GraphQLObjectType;
  fields: Map<string, FieldNode[]>;
  spread: Set<string>;
};

/** The fields that are selected on an object type, by response key (GraphQL, 6.3.2 "Field collection"). */
export function collectFields(
  program: Program,
  conditions: Conditions,
  type: GraphQLObjectType,
  selections: Iterable<SelectionNode>,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  collect({ program, conditions, type, fields, spread: new Set() }, selections);
  return fields;
}

function collect(to: Collection, selections: Iterable<SelectionNode>): void {
  for (const selection of selections) {
    if (!isSelected(selection, to.conditions)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      const nodes = to.fields.get(key);
      if (nodes) nodes.push(selection);
      else to.fields.set(key, [selection]);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (applies(to, selection)) collect(to, selection.selectionSet.selections);
    } else {
      const name = selection.name.value;
      if (to.spread.has(name)) continue;
      to.spread.add(name);
      const fragment = to.program.fragments[name];
      if (fragment && applies(to, fragment)) collect(to, fragment.selectionSet.selections);
    }
  }
}

function isSelected(selection: SelectionNode, conditions: Conditions): boolean {
  if (!selection.directives?.length) return true;
  const read = (directive: GraphQLDirective) =>
    getDirectiveValues(directive, selection, conditions)?.if;
  return read(GraphQLSkipDirective) !== true && read(GraphQLIncludeDirective) !== false;
}

function applies(
  { program: { schema }, type }: Collection,
  { typeCondition }: Pick<Partial<FragmentDefinitionNode>, 'typeCondition'>,
): boolean {
  if (!typeCondition) return true;
  const condition = typeFromAST(schema, typeCondition);
  return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
}
