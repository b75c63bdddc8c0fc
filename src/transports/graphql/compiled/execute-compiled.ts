import {
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Conditions } from './collect-fields.js';
import { type Compiler, createCompiler } from './compiler.js';
import { fillObject } from './complete-object.js';
import { conditionVariables, hasOddKey } from './inspect-document.js';
import type { ObjectPlan } from './plan.js';
import { type Program, Run } from './run.js';

export type CompiledOperation = {
  execute(input: OperationInput): ExecutionResult | Promise<ExecutionResult>;
};
export type OperationInput = {
  contextValue: unknown;
  rootValue?: unknown;
  variableValues?: Record<string, unknown> | null | undefined;
};

// Each is a plan of its own for every combination of values; more than that are not worth it.
const maxConditions = 4;

/** Null for what only the plain executor runs: it is no query nor mutation, or it is not in the document. */
export function compileOperation(
  { schema, hideSuggestions, resolvers }: Omit<Program, 'operation' | 'fragments'>,
  document: DocumentNode,
  operationName: string | null | undefined,
): CompiledOperation | null {
  const operation = findOperation(document, operationName);
  if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
  const type = schema.getRootType(operation.operation);
  const conditions = conditionVariables(document);
  if (!type || conditions.length > maxConditions || hasOddKey(document)) return null;
  const program: Program = {
    ...{ schema, hideSuggestions, resolvers, operation },
    fragments: fragmentsOf(document),
  };
  const plans = new Map<string, ObjectPlan>();
  const planFor = (variables: Record<string, unknown>): ObjectPlan => {
    const key = JSON.stringify(conditions.map((name) => variables[name]));
    const known = plans.get(key);
    if (known) return known;
    const compiler: Compiler = createCompiler(program, pick(variables, conditions));
    const plan = compiler.root(type);
    plans.set(key, plan);
    return plan;
  };
  return {
    execute: ({ contextValue, rootValue, variableValues }) => {
      const { errors, coerced } = getVariableValues(
        schema,
        operation.variableDefinitions ?? [],
        variableValues ?? {},
        { maxErrors: 50, hideSuggestions },
      );
      if (errors) return { errors };
      const run = new Run(program, contextValue, rootValue, coerced);
      return operation.operation === OperationTypeNode.MUTATION
        ? runInSeries(run, () => planFor(coerced))
        : runAtOnce(run, () => planFor(coerced));
    },
  };
}

function runAtOnce(run: Run, plan: () => ObjectPlan): ExecutionResult | Promise<ExecutionResult> {
  try {
    const data = fillObject(run, plan(), run.rootValue, undefined);
    // What fails later may have given the whole answer up.
    if (run.data) run.data = data;
  } catch (error) {
    run.fail(error);
  }
  return run.isIdle ? run.result : run.idle().then(() => run.result);
}

/** Mutations: each root field is done before the next begins (GraphQL, 6.2.2 "Mutation"). */
async function runInSeries(run: Run, plan: () => ObjectPlan): Promise<ExecutionResult> {
  try {
    const to = { target: run.data ?? {}, at: undefined };
    for (const fill of plan().fields) {
      fill(run, run.rootValue, to);
      if (!run.isIdle) await run.idle();
      if (!run.data) break;
    }
  } catch (error) {
    run.fail(error);
    if (!run.isIdle) await run.idle();
  }
  return run.result;
}

function findOperation(
  { definitions }: DocumentNode,
  name: string | null | undefined,
): OperationDefinitionNode | null {
  const operations = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (name !== null && name !== undefined) {
    return operations.find((operation) => operation.name?.value === name) ?? null;
  }
  return operations.length === 1 ? (operations[0] ?? null) : null;
}

function fragmentsOf({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}

function pick(variables: Record<string, unknown>, names: readonly string[]): Conditions {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]]),
  );
}
