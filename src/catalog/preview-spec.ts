import { z } from 'zod';
import { requireScope } from '../access/require-scope.js';
import { type Context, scopes } from '../context.js';
import { parseInput } from '../lib/parse-input.js';
import type { JsonSchema, ParameterDraft, ParsedSpec, ToolDraft } from '../openapi/types.js';
import type { SerializedDraft } from './spec-reader.js';
import { SpecSourceInput, toSpecSource } from './sync-input.js';

export const PreviewSpecInput = z.object({ source: SpecSourceInput });
export type PreviewSpecInput = z.input<typeof PreviewSpecInput>;

export type ToolPreview = Pick<
  ToolDraft,
  | 'name'
  | 'method'
  | 'path'
  | 'description'
  | 'tags'
  | 'deprecated'
  | 'inputSchema'
  | 'outputSchema'
> & { parameters: ParameterDraft[] };

export type SpecPreview = Omit<ParsedSpec, 'drafts' | 'servers' | 'securitySchemes' | 'skipped'> & {
  tools: ToolPreview[];
  skippedOperations: ParsedSpec['skipped'];
};

/** What a document would give, without saving anything. A document that cannot be read answers `valid: false`. */
export async function previewSpec(
  ctx: Pick<Context, 'actor' | 'specs'>,
  raw: PreviewSpecInput,
): Promise<SpecPreview> {
  requireScope(ctx.actor, scopes.read);
  const { source } = parseInput(PreviewSpecInput, raw);
  const spec = await ctx.specs.read(await ctx.specs.load(toSpecSource(source)));
  const { valid, specVersion, title, problems, compatibilityScore, deductions } = spec;
  return {
    valid,
    specVersion,
    title,
    problems,
    compatibilityScore,
    deductions,
    tools: spec.drafts.map(toToolPreview),
    skippedOperations: spec.skipped,
  };
}

function toToolPreview(draft: SerializedDraft): ToolPreview {
  const { name, method, path, description, tags, deprecated, inputSchema, outputSchema } = draft;
  return {
    name,
    method,
    path,
    description,
    tags,
    deprecated,
    inputSchema: JSON.parse(inputSchema) as JsonSchema,
    outputSchema: outputSchema === null ? null : (JSON.parse(outputSchema) as JsonSchema),
    parameters: draft.parameters.map((parameter) => ({
      ...parameter,
      schema: JSON.parse(parameter.schema) as JsonSchema,
    })),
  };
}
