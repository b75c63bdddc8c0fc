import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import {
  type CompiledOperation,
  compileOperation,
  type OperationInput,
} from './execute-compiled.js';
import type { Resolvers } from './run.js';

export type ExecutorInput = OperationInput & {
  document: DocumentNode;
  operationName?: string | null | undefined;
};

export type ExecutorOptions = {
  /** False runs everything on graphql-js. */
  isCompiled: boolean;
  /** Whether errors keep names of the schema to themselves. */
  hideSuggestions: boolean;
};

export type Executor = (input: ExecutorInput) => ExecutionResult | Promise<ExecutionResult>;

// A document has few operations that anybody asks for.
const maxOperations = 16;

/**
 * Runs operations of a schema, each compiled when it is first asked for. Plans live as long as the parsed document that
 * they were made from, so whoever keeps documents bounds them. What cannot be compiled runs on graphql-js.
 */
export function createExecutor(
  schema: GraphQLSchema,
  { isCompiled, hideSuggestions }: ExecutorOptions,
): Executor {
  const program = { schema, hideSuggestions, resolvers: resolversOf(schema) };
  const byDocument = new WeakMap<DocumentNode, Map<string | null, CompiledOperation | null>>();
  const compiled = (document: DocumentNode, operationName: string | null | undefined) => {
    const known = byDocument.get(document) ?? new Map<string | null, CompiledOperation | null>();
    byDocument.set(document, known);
    const name = operationName ?? null;
    const found = known.get(name);
    if (found !== undefined) return found;
    const operation = compileOperation(program, document, operationName);
    if (known.size < maxOperations) known.set(name, operation);
    return operation;
  };
  return ({ document, operationName, ...input }) =>
    (isCompiled ? compiled(document, operationName) : null)?.execute(input) ??
    execute({ schema, document, operationName, hideSuggestions, ...input });
}

/** As they are now: Apollo Server wraps the schema's own once somebody asks it to watch them. */
function resolversOf(schema: GraphQLSchema): Resolvers {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const fields = types.flatMap((type) => Object.values(type.getFields()));
  return new Map(fields.map((field) => [field, field.resolve]));
}
