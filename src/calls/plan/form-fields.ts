import { isJson } from '../../openapi/media-types.js';
import type { BodyVariant, EncodingPlan } from '../../openapi/types.js';
import { formEncode, queryEncoder, reservedQueryEncoder } from './encode-text.js';
import type { BodyValue } from './plan-body.js';
import type { RequestIssues } from './request-issues.js';
import { serializeQueryValue } from './serialize-query-value.js';
import { isPresent, toWireText } from './wire-value.js';

/**
 * The fields of an `application/x-www-form-urlencoded` body (OpenAPI "Encoding Object"). A field with `style`, `explode`
 * or `allowReserved` goes as a query parameter would; any other as one pair for each item of a list, objects as JSON.
 */
export function formFields(
  { value, argumentOf }: BodyValue & { value: Record<string, unknown> },
  { encoding }: Pick<BodyVariant, 'encoding'>,
  issues: RequestIssues,
): string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const plan = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
    return issues.of(argumentOf(name), () => fieldOf(name, member, plan)) ?? [];
  });
}

function fieldOf(name: string, value: unknown, plan: EncodingPlan | undefined): string[] {
  if (plan && hasStyle(plan)) {
    const encoder = plan.allowReserved ? reservedQueryEncoder : queryEncoder;
    return serializeQueryValue(value, styleOf(name, plan), encoder).map((pair) => pair.join('='));
  }
  const isJsonField = plan?.contentType !== undefined && isJson(plan.contentType);
  return itemsOf(value).map((item) => {
    const text = isJsonField ? JSON.stringify(item) : toWireText(item);
    return `${formEncode(name)}=${formEncode(text)}`;
  });
}

/** OpenAPI: with any of these the field is serialised by style and `contentType` is ignored. */
export function hasStyle({ style, explode, allowReserved }: EncodingPlan): boolean {
  return style !== undefined || explode !== undefined || allowReserved !== undefined;
}

export function styleOf(name: string, { style = 'form', explode }: EncodingPlan) {
  return { name, style, explode: explode ?? style === 'form' };
}

/** Lists give one field or part for each item (OpenAPI 3.2 "Encoding By Name"). */
export function itemsOf(value: unknown): unknown[] {
  return (Array.isArray(value) ? value : [value]).filter(isPresent);
}
