import { hash } from 'node:crypto';
import { rootSchemaText, schemaText } from './schema-text.js';
import type { JsonSchema, SerializedDraft, ToolDraft } from './types.js';

const outputs = new WeakMap<JsonSchema, { text: string; digest: string }>();
const definitionDigests = new WeakMap<object, string>();

/** The draft with its schemas, plan and parameter schemas as JSON text, and the hash of all that it says. */
export function serializeDraft(draft: ToolDraft): SerializedDraft {
  const { inputSchema, outputSchema, plan, parameters, ...facts } = draft;
  const output = outputSchema === null ? null : serializeOutput(outputSchema);
  const planText = JSON.stringify(plan);
  const serialized = parameters.map((parameter) => ({
    ...parameter,
    schema: schemaText(parameter.schema),
  }));
  return {
    ...facts,
    inputSchema: rootSchemaText(inputSchema),
    outputSchema: output?.text ?? null,
    plan: planText,
    parameters: serialized,
    contractHash: contractHash(draft, planText, output?.digest ?? ''),
  };
}

function serializeOutput(schema: JsonSchema): { text: string; digest: string } {
  let known = outputs.get(schema);
  if (!known) {
    const text = rootSchemaText(schema);
    known = { text, digest: hash('sha256', text) };
    outputs.set(schema, known);
  }
  return known;
}

/** Definitions are shared by many operations: their part of the hash is the digest of their text. */
function contractHash(draft: ToolDraft, planText: string, outputDigest: string): string {
  const { $defs, ...root } = draft.inputSchema;
  const { name, method, path, operationId, summary, description, tags, deprecated } = draft;
  const facts = [name, method, path, operationId, summary, description, tags, deprecated];
  const parameters = draft.parameters.map(({ schema: _, ...parameter }) => parameter);
  const parts = [
    JSON.stringify(facts),
    JSON.stringify(parameters),
    rootSchemaText(root),
    typeof $defs === 'object' && $defs !== null ? definitionsDigest($defs) : '',
    outputDigest,
    planText,
  ];
  return hash('sha256', parts.join('\n'));
}

function definitionsDigest(definitions: object): string {
  let known = definitionDigests.get(definitions);
  if (known === undefined) {
    known = hash('sha256', rootSchemaText({ $defs: definitions }));
    definitionDigests.set(definitions, known);
  }
  return known;
}
