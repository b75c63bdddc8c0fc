import type { ErrorObject } from 'ajv/dist/2020.js';
import type { InputIssue } from '../../errors.js';
import { nearest } from '../../lib/nearest.js';
import { pointerTokens } from '../../openapi/json-pointer.js';
import { isObject, stringsOf } from '../../openapi/plain-objects.js';
import type { JsonSchema } from '../../openapi/types.js';
import { showValue } from './show-value.js';
import { withoutAlternatives } from './without-alternatives.js';

const maxIssues = 10;
const maxChoices = 20;

/**
 * What is wrong with a value, as sentences that say where, what was found and what was expected; ten at most. `whole`
 * names the value itself.
 */
export function explainErrors(
  errors: ErrorObject[],
  root: JsonSchema,
  whole = 'The arguments',
): InputIssue[] {
  const required = new Set(stringsOf(root.required));
  const issues = new Map<string, InputIssue>();
  for (const error of withoutAlternatives(errors, root)) {
    const issue = explain(error, required, whole);
    issues.set(`${issue.path.join('/')} ${issue.message}`, issue);
    if (issues.size === maxIssues) break;
  }
  return [...issues.values()];
}

function explain(error: ErrorObject, required: ReadonlySet<string>, whole: string): InputIssue {
  const { keyword, params, instancePath, parentSchema } = error;
  const at = (pointerTokens(instancePath) ?? []) as string[];
  const issue = (path: string[], message: string, code = keyword): InputIssue => ({
    path,
    message,
    code,
  });
  const child = (name: string) => [...at, name];
  const where = instancePath === '' ? whole : instancePath;
  const found = showValue(error.data, at.at(-1), parentSchema);
  switch (keyword) {
    case 'required':
      return issue(child(params.missingProperty), missing(error, params.missingProperty));
    case 'dependentRequired': {
      const { missingProperty, property } = params;
      const sentence = `${instancePath}/${missingProperty} is missing. It is required together with ${instancePath}/${property}.`;
      return issue(child(missingProperty), sentence, 'required');
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name: string = params.additionalProperty ?? params.unevaluatedProperty;
      return issue(child(name), unknown(error, name), 'unknown_argument');
    }
    case 'type':
      return issue(
        at,
        `${where} must be ${typeNames(params.type)}, got ${found}.${nullHint(error, required)}`,
      );
    case 'enum':
      return issue(
        at,
        `${where} must be ${orTypes(params.types)}one of ${choices(params.allowedValues)}, got ${found}.`,
      );
    case 'const':
      return issue(at, `${where} must be ${JSON.stringify(params.allowedValue)}, got ${found}.`);
    case 'pattern':
      return issue(at, `${where} must match the pattern ${params.pattern}, got ${found}.`);
    case 'format':
      return issue(
        at,
        `${where} must be a ${params.format}${formatHint(params.format)}, got ${found}.`,
      );
    case 'anyOf':
      return issue(
        at,
        `${where} fits none of its ${alternatives(error)} alternatives, got ${found}.`,
      );
    default:
      return issue(
        at,
        `${where} ${(error.message ?? 'does not fit its schema').replace(' NOT ', ' not ')}, got ${found}.`,
      );
  }
}

function missing({ instancePath, parentSchema }: ErrorObject, name: string): string {
  const properties = parentSchema?.properties;
  const schema = isObject(properties) ? properties[name] : undefined;
  const described = isObject(schema) ? schema.description : undefined;
  const sentence = `${instancePath}/${name} is missing. It is required`;
  if (typeof described !== 'string') return `${sentence}.`;
  const short = described.length > 120 ? `${described.slice(0, 120)}…` : described;
  return `${sentence}: ${JSON.stringify(short)}.`;
}

function unknown({ instancePath, parentSchema }: ErrorObject, name: string): string {
  const sentence = `${instancePath}/${name.slice(0, 100)} is not known.`;
  const properties = parentSchema?.properties;
  const known = isObject(properties) ? Object.keys(properties) : [];
  if (known.length === 0) return `${sentence} Nothing is expected here.`;
  const [like] = nearest(name, known, 1);
  if (like !== undefined) return `${sentence} Did you mean "${like}"?`;
  const more = known.length > maxChoices ? ` and ${known.length - maxChoices} more` : '';
  return `${sentence} Expected ${known.slice(0, maxChoices).join(', ')}${more}.`;
}

const articles: Record<string, string> = {
  array: 'a list',
  boolean: 'a boolean',
  integer: 'an integer',
  null: 'null',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

function typeNames(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type]).map((name) => articles[String(name)] ?? name);
  return names.length > 1
    ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
    : String(names[0]);
}

/** Types that would do as well as the values that are named next. */
function orTypes(types: unknown): string {
  return Array.isArray(types) && types.length > 0 ? `${typeNames(types)} or ` : '';
}

/** Some models give null for what they leave out. */
function nullHint({ data, instancePath }: ErrorObject, required: ReadonlySet<string>): string {
  const [name, ...deeper] = pointerTokens(instancePath) ?? [];
  const isOptional = name !== undefined && deeper.length === 0 && !required.has(name);
  return data === null && isOptional ? ' Leave it out instead.' : '';
}

function choices(values: unknown[]): string {
  const shown = values.slice(0, maxChoices).map((value) => JSON.stringify(value));
  const more = values.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function formatHint(format: string): string {
  if (format === 'date') return ' such as 2026-01-31';
  return format === 'date-time' ? ' such as 2026-01-31T13:00:00Z' : '';
}

function alternatives({ schema }: ErrorObject): string {
  return Array.isArray(schema) ? String(schema.length) : '';
}
