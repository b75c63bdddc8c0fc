import { GraphQLError, type GraphQLObjectType, type GraphQLResolveInfo } from 'graphql';
import { fillLater } from './fill-place.js';
import type { Container, Place } from './place.js';
import { type Complete, type FieldSpec, isPromise, type ObjectPlan } from './plan.js';
import type { Run } from './run.js';

export type PlanOf = (type: GraphQLObjectType) => ObjectPlan;

export function completeObject(spec: FieldSpec, type: GraphQLObjectType, planOf: PlanOf): Complete {
  return (run, value, place, info) => fillTyped(run, planOf(type), value, { spec, place, info });
}

/** Runs the fields of a selection in order. `at` is undefined for the root. */
export function fillObject(
  run: Run,
  { fields }: ObjectPlan,
  source: unknown,
  at: Place | undefined,
): Container {
  const to = { target: {} as Container, at };
  for (const fill of fields) fill(run, source, to);
  return to.target;
}

type Surroundings = { spec: FieldSpec; place: Place; info: GraphQLResolveInfo };

/** The type may have a say in whether the value is of it (`isTypeOf`). */
export function fillTyped(
  run: Run,
  plan: ObjectPlan,
  value: unknown,
  { spec: { nodes }, place, info }: Surroundings,
): unknown {
  const { type } = plan;
  if (!type.isTypeOf) return fillObject(run, plan, value, place);
  const fill = (isOfType: boolean) => {
    if (isOfType) return fillObject(run, plan, value, place);
    throw new GraphQLError(`Expected value of type "${type.name}" but got another.`, { nodes });
  };
  const verdict = type.isTypeOf(value, run.context, info);
  return isPromise(verdict) ? fillLater(run, verdict, { place, nodes }, fill) : fill(verdict);
}
