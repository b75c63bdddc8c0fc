import { readFileSync } from 'node:fs';
import { type RawOperation, rawOperations } from '../test/support/raw-operations.js';
import { toText } from './contenders.js';
import { loadGenerator } from './peers.js';
import { answer, childArgument } from './run-child.js';

export type CountTask = { contender: 'toolgraph' | 'openapi-mcp-generator'; path: string };

/** What became of the inputs of a document's operations. */
export type InputCount = {
  operations: number;
  tools: number;
  /** Operations with a declared body whose fields are not all named in the tool's schema. */
  bodiesLost: number;
  bodies: number;
  /** Operations with a path or query parameter that the tool's schema does not name. */
  parametersLost: number;
  /** Tools whose schema has no JSON text, since it is cyclic. */
  unserialisable: number;
};

type Tool = { operation: string; text: string | null };

async function main(): Promise<void> {
  const { contender, path } = childArgument<CountTask>();
  const tools = contender === 'toolgraph' ? await ourTools(path) : await generatedTools(path);
  await answer(count(path, tools));
}

async function ourTools(path: string): Promise<Tool[]> {
  const { runSpecJob } = await import('../src/catalog/spec-job.js');
  const job = { body: readFileSync(path), url: null, files: {}, unavailable: {} };
  return (runSpecJob(job).spec?.drafts ?? []).map(({ method, path: at, inputSchema }) => ({
    operation: `${method} ${at}`,
    text: inputSchema,
  }));
}

async function generatedTools(path: string): Promise<Tool[]> {
  const { getToolsFromOpenApi } = await loadGenerator();
  const tools = await getToolsFromOpenApi(path, { dereference: true });
  return tools.map((tool) => ({
    operation: `${tool.method.toUpperCase()} ${tool.pathTemplate}`,
    text: toText(tool),
  }));
}

/** Against an independent reading of the document. A name counts as kept wherever it stands in the schema. */
function count(path: string, tools: Tool[]): InputCount {
  const texts = new Map(tools.map(({ operation, text }) => [operation, text]));
  const operations = rawOperations(path);
  const losing = (namesOf: (operation: RawOperation) => string[]) =>
    operations.filter((operation) => {
      const text = texts.get(`${operation.method} ${operation.path}`) ?? '';
      return namesOf(operation).some((name) => !text.includes(`${JSON.stringify(name)}:`));
    }).length;
  return {
    operations: operations.length,
    tools: tools.length,
    bodies: operations.filter((operation) => fieldsOf(operation).length > 0).length,
    bodiesLost: losing(fieldsOf),
    parametersLost: losing((operation) => parametersOf(operation, ['path', 'query'])),
    unserialisable: tools.filter(({ text }) => text === null).length,
  };
}

/** Form parameters are the body of Swagger 2.0. */
function fieldsOf(operation: RawOperation): string[] {
  return [...operation.bodyFields, ...parametersOf(operation, ['formData'])];
}

function parametersOf({ parameters }: RawOperation, where: string[]): string[] {
  return parameters.filter((one) => where.includes(one.in)).map(({ name }) => name);
}

await main();
