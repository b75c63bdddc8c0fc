import { hash } from 'node:crypto';
import { definitionsText, joinTexts, rootText, schemaText } from './schemas/schema-text.js';
import type { JsonSchema, ParameterDraft, SerializedDraft, ToolDraft } from './types.js';

type SerializedSchema = { text: string; digest: string };
/** `said` is the text of the parameter without its schema, which the input schema says. */
type SerializedParameter = { parameter: SerializedDraft['parameters'][number]; said: string };

// Tools of one document share inputs, outputs and definitions.
const inputs = new WeakMap<ParameterDraft, SerializedParameter>();
const outputs = new WeakMap<JsonSchema, SerializedSchema>();
const digests = new WeakMap<object, string>();

/** The draft with its schemas, plan and parameter schemas as JSON text, and the hash of all that it says. */
export function serializeDraft(draft: ToolDraft): SerializedDraft {
  const { inputSchema, outputSchema, plan, parameters, ...facts } = draft;
  const input = serializeSchema(inputSchema);
  const output = outputSchema && serializeOutput(outputSchema);
  const planText = JSON.stringify(plan);
  const serialized = parameters.map(serializeParameter);
  const { pointer: _, readOnly: __, ...said } = facts;
  const parts = [JSON.stringify(said), input.digest, output?.digest, planText];
  for (const parameter of serialized) parts.push(parameter.said);
  return {
    ...facts,
    inputSchema: input.text,
    outputSchema: output?.text ?? null,
    plan: planText,
    parameters: serialized.map(({ parameter }) => parameter),
    contractHash: hash('sha256', parts.join('\n')),
  };
}

function serializeParameter(draft: ParameterDraft): SerializedParameter {
  let known = inputs.get(draft);
  if (!known) {
    const { schema, ...facts } = draft;
    known = {
      parameter: { ...facts, schema: schemaText(schema) },
      said: JSON.stringify(facts),
    };
    inputs.set(draft, known);
  }
  return known;
}

/** Many operations answer with the same schema. */
function serializeOutput(schema: JsonSchema): SerializedSchema {
  let known = outputs.get(schema);
  if (!known) {
    known = serializeSchema(schema);
    outputs.set(schema, known);
  }
  return known;
}

/** Definitions are shared by many schemas: what stands for them in a digest is the digest of their text. */
function serializeSchema(schema: JsonSchema): SerializedSchema {
  const root = rootText(schema);
  const definitions = definitionsText(schema);
  const text = joinTexts(root, definitions);
  return { text, digest: `${root}\n${definitionsDigest(schema.$defs, definitions)}` };
}

function definitionsDigest(holder: unknown, text: string | null): string {
  if (text === null || typeof holder !== 'object' || holder === null) return '';
  let digest = digests.get(holder);
  if (digest === undefined) {
    digest = hash('sha256', text);
    digests.set(holder, digest);
  }
  return digest;
}
