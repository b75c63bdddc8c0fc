import type { Place } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import type { PreparedParameter } from './parameters.js';

/** The variables of a path template, in order, each once. */
export function templateVariables(path: string): string[] {
  const names = [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '');
  return [...new Set(names)];
}

/**
 * Makes the path parameters agree with the path template: a variable that is not declared becomes a required string, a
 * declared parameter that the path has no place for is left out. Both are problems.
 */
export function matchPathParameters(
  context: SpecContext,
  prepared: PreparedParameter[],
  path: string,
  place: Place,
): PreparedParameter[] {
  const variables = new Set(templateVariables(path));
  const declared = new Set<string>();
  const kept: PreparedParameter[] = [];
  for (const parameter of prepared) {
    if (parameter.in !== 'path' || variables.has(parameter.name)) {
      kept.push(parameter);
      if (parameter.in === 'path') declared.add(parameter.name);
      continue;
    }
    const message = `The path parameter "${parameter.name}" has no place in "${path}"; it is left out.`;
    context.problems.add('UNUSED_PATH_PARAMETER', parameter.place, message);
  }
  for (const name of variables) {
    if (declared.has(name)) continue;
    const message = `The path "${path}" has a variable "${name}" that no parameter declares; a required string is assumed.`;
    context.problems.add('UNDECLARED_PATH_PARAMETER', place, message);
    kept.push(assumed(name, place));
  }
  return kept;
}

function assumed(name: string, place: Place): PreparedParameter {
  return {
    name,
    in: 'path',
    required: true,
    wire: { style: 'simple', explode: false, allowReserved: false, contentType: null },
    fragment: { schema: { type: 'string' }, refs: [] },
    place,
  };
}
