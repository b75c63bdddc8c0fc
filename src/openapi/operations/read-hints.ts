import { describeValue, isObject } from '../plain-objects.js';
import type { Place } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import { type EffectHints, effectHints } from '../types.js';

export const hintsExtension = 'x-mcp-annotations';

/**
 * What an operation says of its effects where its method does not tell: `x-mcp-annotations`, an object with hints of
 * MCP's ToolAnnotations (MCP 2025-11-25, schema). Null without one; a hint that is no boolean is left out and told.
 */
export function readHints(
  { problems }: Pick<SpecContext, 'problems'>,
  value: unknown,
  place: Place,
): EffectHints | null {
  if (value === undefined) return null;
  if (!isObject(value)) {
    const message = `"${hintsExtension}" is ${describeValue(value)}; expected an object.`;
    problems.add('INVALID_EXTENSION', place, message);
    return null;
  }
  const hints: EffectHints = {};
  for (const name of effectHints) {
    const hint = value[name];
    if (typeof hint === 'boolean') hints[name] = hint;
    else if (hint !== undefined) {
      const message = `"${name}" of "${hintsExtension}" is ${describeValue(hint)}; expected true or false.`;
      problems.add('INVALID_EXTENSION', place, message);
    }
  }
  return Object.keys(hints).length > 0 ? hints : null;
}
