import type { InputIssue } from '../../errors.js';
import { RecentMap } from '../../lib/recent-map.js';
import type { JsonSchema } from '../../openapi/types.js';
import { type CompiledSchema, compileSchema } from '../check/compile-schema.js';
import { explainErrors } from '../check/explain-errors.js';

export type CheckableOutput = { id: string; fingerprint: string; outputSchema: JsonSchema };

export interface OutputChecker {
  /** What of a tool's structured content does not fit its output schema, as up to ten sentences. */
  findIssues(tool: CheckableOutput, structuredContent: unknown): InputIssue[];
}

/** Checks structured content, with each schema compiled once; a schema that cannot be compiled holds nobody to anything. */
export function createOutputChecker({ maxCompiled = 500 } = {}): OutputChecker {
  const compiled = new RecentMap<string, CompiledSchema | 'none'>(maxCompiled);
  return {
    findIssues({ id, fingerprint, outputSchema }, structuredContent) {
      const key = `${id} ${fingerprint}`;
      const schema = compiled.get(key) ?? compile(outputSchema);
      compiled.set(key, schema);
      if (schema === 'none' || schema.isValid(structuredContent)) return [];
      return explainErrors(schema.findErrors(structuredContent), schema.root, 'It');
    },
  };
}

function compile(schema: JsonSchema): CompiledSchema | 'none' {
  try {
    return compileSchema(schema);
  } catch {
    return 'none';
  }
}
