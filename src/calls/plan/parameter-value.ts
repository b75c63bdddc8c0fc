import type { ParameterPlan } from '../../openapi/types.js';
import { type RequestIssues, refuse } from './request-issues.js';

/** A parameter and what is to be sent for it; undefined = nothing. */
export type ParameterValue = { parameter: ParameterPlan; value: unknown };

/** The given argument; the default of the document only where a required parameter is not given. */
export function parameterValue(
  parameter: ParameterPlan,
  argument: (name: string) => unknown,
  issues: RequestIssues,
): ParameterValue {
  const given = argument(parameter.argument);
  if (given !== undefined || !parameter.required) return { parameter, value: given };
  if (parameter.default === undefined && parameter.in !== 'path') {
    issues.of(parameter.argument, () => refuse('required', 'is missing.'));
  }
  return { parameter, value: parameter.default };
}
