import { isObject } from '../../openapi/plain-objects.js';
import type { ParameterPlan } from '../../openapi/types.js';
import { contentText, formText, isForm } from './content-text.js';
import { percentEncode, queryEncoder, reservedQueryEncoder } from './encode-text.js';
import type { ParameterValue } from './parameter-value.js';
import { type RequestIssues, refuse } from './request-issues.js';
import { serializeQueryValue } from './serialize-query-value.js';

/** The parts of the query in the order of the parameters, to be joined by `&`. */
export function planQuery(values: ParameterValue[], issues: RequestIssues): string[] {
  const names = new Set<string>();
  for (const { parameter } of values) {
    if (parameter.in === 'query') names.add(parameter.name);
  }
  return values.flatMap(({ parameter, value }) => {
    if (value === undefined) return [];
    if (parameter.in === 'query') {
      return issues.of(parameter.argument, () => queryParts(parameter, value, names)) ?? [];
    }
    if (parameter.in !== 'querystring') return [];
    return issues.of(parameter.argument, () => wholeQuery(parameter, value)) ?? [];
  });
}

function queryParts(parameter: ParameterPlan, value: unknown, names: Set<string>): string[] {
  const { name, contentType, style, explode, allowReserved } = parameter;
  const encoder = allowReserved ? reservedQueryEncoder : queryEncoder;
  if (contentType !== null) {
    return [`${percentEncode(name)}=${encoder.text(contentText(value, contentType) ?? '')}`];
  }
  if (explode && style === 'form' && isObject(value)) {
    for (const member of Object.keys(value)) {
      if (member === name || !names.has(member)) continue;
      const found = `has a member "${member}", which would be sent as the parameter`;
      refuse('name_of_other', `${found} of that name. Give it as that argument.`);
    }
  }
  const pairs = serializeQueryValue(value, { name, style, explode }, encoder);
  return pairs.map((pair) => pair.join('='));
}

/** OpenAPI 3.2 `in: querystring`: the value is the whole query. */
function wholeQuery({ contentType }: ParameterPlan, value: unknown): string[] {
  const mediaType = contentType ?? 'application/x-www-form-urlencoded';
  if (isForm(mediaType)) {
    const text = isObject(value) ? formText(value) : refuseForm();
    return text === '' ? [] : [text];
  }
  return [percentEncode(contentText(value, mediaType) ?? '')];
}

function refuseForm(): never {
  return refuse('type', 'has to be an object, whose members become the query.');
}
