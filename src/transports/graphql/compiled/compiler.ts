import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';
import { type Conditions, collectFields } from './collect-fields.js';
import { completeAbstract } from './complete-abstract.js';
import { serializerOf } from './complete-leaf.js';
import { completeList } from './complete-list.js';
import { completeObject } from './complete-object.js';
import type { Complete, FieldPlan, FieldSpec, ObjectPlan } from './plan.js';
import { planField } from './plan-field.js';
import type { Program } from './run.js';

export type Compiler = {
  program: Program;
  conditions: Conditions;
  /** The plan of the root type. */
  root(type: GraphQLObjectType): ObjectPlan;
  completer(spec: FieldSpec, type: GraphQLOutputType): Complete;
};

/**
 * Turns selections into closures. A selection is planned when a value first needs it, so that a query costs no more to
 * plan than to run, whatever its fragments would unfold to.
 */
export function createCompiler(program: Program, conditions: Conditions): Compiler {
  const compiler: Compiler = {
    program,
    conditions,
    root: (type) => planObject(type, program.operation.selectionSet.selections),
    completer: (spec, type) => {
      const complete = completerOf(spec, getNullableType(type));
      return isNonNullType(type) ? refuseNull(spec, complete) : acceptNull(complete);
    },
  };

  function planObject(
    type: GraphQLObjectType,
    selections: Iterable<FieldNode> | typeof program.operation.selectionSet.selections,
  ): ObjectPlan {
    const fields = collectFields(program, conditions, type, selections);
    const plans = [...fields].map(([key, nodes]) => planField(compiler, type, key, nodes));
    return { type, fields: plans.filter((plan): plan is FieldPlan => plan !== null) };
  }

  function completerOf(spec: FieldSpec, type: GraphQLOutputType): Complete {
    if (isLeafType(type)) {
      const serialize = serializerOf(type);
      return (_run, value) => serialize(value);
    }
    if (isListType(type)) return completeList(compiler, spec, type.ofType);
    const plans = new Map<GraphQLObjectType, ObjectPlan>();
    const planOf = (object: GraphQLObjectType): ObjectPlan => {
      const known = plans.get(object);
      if (known) return known;
      const selections = spec.nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
      const plan = planObject(object, selections as FieldNode[]);
      plans.set(object, plan);
      return plan;
    };
    return isAbstractType(type)
      ? completeAbstract(spec, type as GraphQLAbstractType, planOf)
      : completeObject(spec, type as GraphQLObjectType, planOf);
  }

  return compiler;
}

function acceptNull(complete: Complete): Complete {
  return (run, value, place, info) => {
    if (value === null || value === undefined) return null;
    if (value instanceof Error) throw value;
    return complete(run, value, place, info);
  };
}

function refuseNull({ parentType, definition }: FieldSpec, complete: Complete): Complete {
  return (run, value, place, info) => {
    if (value === null || value === undefined) {
      throw new Error(
        `Cannot return null for non-nullable field ${parentType.name}.${definition.name}.`,
      );
    }
    if (value instanceof Error) throw value;
    return complete(run, value, place, info);
  };
}
