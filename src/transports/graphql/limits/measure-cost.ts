import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

export type CostRequest = {
  schema: GraphQLSchema;
  /** Valid against the schema. */
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Readonly<Record<string, unknown>>;
};

/** Objects of a list whose length nobody knows before it is read. */
const unknownLength = 10;
/** Of `__schema` or `__type`, whatever is asked of it. */
const introspection = 1000;

/** Objects below one object: some of them as often as the connection that they are lists of has entries. */
type Cost = { fixed: number; perEntry: number };

export type MeasuredCost = {
  objects: number;
  /** Whether no variable counts in it: it is the same each time. */
  isFixed: boolean;
};

type Measuring = Omit<CostRequest, 'operation' | 'document'> & {
  fragments: Map<string, FragmentDefinitionNode>;
  defaults: Map<string, ValueNode>;
  known: Map<SelectionSetNode, Map<GraphQLObjectType, Cost>>;
  isFixed: boolean;
};

/**
 * How many objects an operation may ask for. A field with `first` counts that many (the lists of a connection do, where
 * it returns one), `_entities` as many as there are representations, other lists 10; scalars are free. Where the type is
 * open, the dearest one counts. Each selection set is measured once for each type that it may be asked of, however
 * often its fragment is spread: linear in the size of the document.
 */
export function measureCost({ document, operation, ...request }: CostRequest): MeasuredCost {
  const root = request.schema.getRootType(operation.operation);
  if (!root) return { objects: 0, isFixed: true };
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }
  const defaults = new Map<string, ValueNode>();
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) defaults.set(variable.name.value, defaultValue);
  }
  const measuring = { ...request, fragments, defaults, known: new Map(), isFixed: true };
  const cost = costOf(measuring, operation.selectionSet, root);
  return { objects: inAll(cost, unknownLength), isFixed: measuring.isFixed };
}

function costOf(measuring: Measuring, set: SelectionSetNode, type: GraphQLObjectType): Cost {
  const byType = measuring.known.get(set) ?? new Map<GraphQLObjectType, Cost>();
  measuring.known.set(set, byType);
  const known = byType.get(type);
  if (known) return known;
  const cost: Cost = { fixed: 0, perEntry: 0 };
  byType.set(type, cost);
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      addTo(cost, costOfField(measuring, selection, type));
      continue;
    }
    const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
    const fragment = isSpread ? measuring.fragments.get(selection.name.value) : selection;
    if (fragment && applies(measuring.schema, fragment.typeCondition?.name.value, type)) {
      addTo(cost, costOf(measuring, fragment.selectionSet, type));
    }
  }
  return cost;
}

function costOfField(measuring: Measuring, node: FieldNode, parent: GraphQLObjectType): Cost {
  const name = node.name.value;
  if (name === '__schema' || name === '__type') return { fixed: introspection, perEntry: 0 };
  const field = parent.getFields()[name];
  if (!field || !node.selectionSet) return { fixed: 0, perEntry: 0 };
  const below = costBelow(measuring, node.selectionSet, field.type);
  const asked = entriesAsked(measuring, node, field);
  if (!isList(field.type)) {
    return { fixed: 1 + inAll(below, asked ?? unknownLength), perEntry: 0 };
  }
  const each = 1 + inAll(below, unknownLength);
  if (asked !== null) return { fixed: asked * each, perEntry: 0 };
  return 'pageInfo' in parent.getFields()
    ? { fixed: 0, perEntry: each }
    : { fixed: unknownLength * each, perEntry: 0 };
}

function costBelow(measuring: Measuring, set: SelectionSetNode, type: GraphQLOutputType): Cost {
  const named = getNamedType(type);
  if (isObjectType(named)) return costOf(measuring, set, named);
  const dearest: Cost = { fixed: 0, perEntry: 0 };
  if (!isAbstractType(named)) return dearest;
  for (const possible of measuring.schema.getPossibleTypes(named)) {
    const cost = costOf(measuring, set, possible);
    dearest.fixed = Math.max(dearest.fixed, cost.fixed);
    dearest.perEntry = Math.max(dearest.perEntry, cost.perEntry);
  }
  return dearest;
}

/** The number that the caller gives; null where the field takes none. */
function entriesAsked(
  measuring: Measuring,
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
): number | null {
  for (const argument of field.args) {
    if (argument.name !== 'first' && argument.name !== 'representations') continue;
    const value = givenValue(measuring, node, argument);
    if (Array.isArray(value)) return value.length;
    return typeof value === 'number' ? Math.max(0, value) : unknownLength;
  }
  return null;
}

/** A number as it is, of a list as much as its length; else nothing. */
function givenValue(measuring: Measuring, node: FieldNode, argument: GraphQLArgument): unknown {
  const { variables, defaults } = measuring;
  const given = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
  if (!given) return argument.defaultValue;
  if (given.kind !== Kind.VARIABLE) return literalOf(given);
  measuring.isFixed = false;
  const name = given.name.value;
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value !== undefined) return value;
  const fallback = defaults.get(name);
  return fallback ? literalOf(fallback) : argument.defaultValue;
}

function literalOf(value: ValueNode): unknown {
  if (value.kind === Kind.INT) return Number(value.value);
  return value.kind === Kind.LIST ? value.values : undefined;
}

function applies(
  schema: GraphQLSchema,
  condition: string | undefined,
  type: GraphQLObjectType,
): boolean {
  if (condition === undefined || condition === type.name) return true;
  const wider = schema.getType(condition);
  return isCompositeType(wider) && isAbstractType(wider) && schema.isSubType(wider, type);
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function inAll({ fixed, perEntry }: Cost, entries: number): number {
  return fixed + perEntry * entries;
}

function addTo(cost: Cost, more: Cost): void {
  cost.fixed += more.fixed;
  cost.perEntry += more.perEntry;
}
