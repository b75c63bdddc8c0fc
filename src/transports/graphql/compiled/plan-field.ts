import {
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNullableType,
  isLeafType,
  isNonNullType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import type { Compiler } from './compiler.js';
import { type Serialize, serializerOf } from './complete-leaf.js';
import { failPlace, fillPlace } from './fill-place.js';
import { type Container, Place } from './place.js';
import type { FieldPlan, FieldSpec } from './plan.js';
import type { Run } from './run.js';

/** Null for a field that the type does not have: it is left out of the answer, as graphql-js does. */
export function planField(
  compiler: Compiler,
  parentType: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): FieldPlan | null {
  const [node] = nodes;
  const definition = node && findField(compiler, parentType, node.name.value);
  if (!node || !definition) return null;
  if (definition === TypeNameMetaFieldDef) {
    const { name } = parentType;
    return (_run, _source, { target }) => {
      target[key] = name;
    };
  }
  const { type } = definition;
  const { resolvers } = compiler.program;
  // Meta fields are in no type of the schema.
  const resolve = resolvers.has(definition) ? resolvers.get(definition) : definition.resolve;
  const canBeNull = !isNonNullType(type);
  const spec = { key, nodes, node, definition, parentType, type, canBeNull, resolve };
  const nullable: GraphQLOutputType = getNullableType(type);
  return !resolve && isLeafType(nullable)
    ? planLeaf(spec, serializerOf(nullable), planResolved(compiler, spec))
    : planResolved(compiler, spec);
}

function findField({ program: { schema } }: Compiler, type: GraphQLObjectType, name: string) {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return type.getFields()[name];
}

/** A plain property that is shown as it is: nothing is made for it but its value. */
function planLeaf(
  { key, definition: { name }, canBeNull }: FieldSpec,
  serialize: Serialize,
  inFull: FieldPlan,
): FieldPlan {
  return (run, source, to) => {
    const value = isObjectLike(source) ? source[name] : undefined;
    if (value === null || value === undefined) {
      if (!canBeNull) return inFull(run, source, to);
      to.target[key] = null;
      return;
    }
    if (typeof value === 'object' || typeof value === 'function') return inFull(run, source, to);
    try {
      to.target[key] = serialize(value);
    } catch {
      inFull(run, source, to);
    }
  };
}

function planResolved(compiler: Compiler, spec: FieldSpec): FieldPlan {
  const { key, nodes, parentType, type, canBeNull } = spec;
  const resolve = spec.resolve ?? readProperty;
  const complete = compiler.completer(spec, type);
  return (run, source, { target, at }) => {
    const place = new Place(at, key, parentType.name, target, canBeNull);
    const info = toInfo(run, spec, place);
    let value: unknown;
    try {
      value = resolve(source, argumentsOf(run, spec), run.context, info);
    } catch (error) {
      return failPlace(run, error, place, nodes);
    }
    fillPlace(run, value, place, { nodes, complete, info });
  };
}

const readProperty: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  if (!isObjectLike(source)) return undefined;
  const value = source[info.fieldName];
  return typeof value === 'function'
    ? (source as Record<string, GraphQLMethod>)[info.fieldName]?.(args, context, info)
    : value;
};

type GraphQLMethod = (args: object, context: unknown, info: GraphQLResolveInfo) => unknown;

function isObjectLike(value: unknown): value is Container {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

const nothing = Object.freeze({});

function argumentsOf(run: Run, spec: FieldSpec): Record<string, unknown> {
  if (spec.definition.args.length === 0) return nothing;
  const known = run.args.get(spec);
  if (known) return known;
  const args = getArgumentValues(spec.definition, spec.node, run.variables);
  run.args.set(spec, args);
  return args;
}

function toInfo(
  run: Run,
  { nodes, definition, parentType, type }: FieldSpec,
  place: Place,
): GraphQLResolveInfo {
  const { schema, fragments, operation } = run.program;
  const info: Pick<GraphQLResolveInfo, InfoKey> = {
    fieldName: definition.name,
    fieldNodes: nodes,
    returnType: type,
    parentType,
    path: place,
    schema,
    fragments,
    rootValue: run.rootValue,
    operation,
    variableValues: run.variables,
  };
  // The whole of it in graphql-js 16; other packages declare members of later versions.
  return info as GraphQLResolveInfo;
}

type InfoKey =
  | 'fieldName'
  | 'fieldNodes'
  | 'returnType'
  | 'parentType'
  | 'path'
  | 'schema'
  | 'fragments'
  | 'rootValue'
  | 'operation'
  | 'variableValues';
