import { essence, isJson } from '../../openapi/media-types.js';
import { isObject, setOwn } from '../../openapi/plain-objects.js';
import type { BodyPlan, BodyVariant } from '../../openapi/types.js';
import { readFileContent } from './file-content.js';
import { formFields } from './form-fields.js';
import { writeMultipart } from './multipart.js';
import { listedParts, multipartParts } from './multipart-parts.js';
import { type RequestIssues, refuse } from './request-issues.js';
import { toWireText } from './wire-value.js';

export type PlannedBody = { contentType: string; body: Uint8Array };

/** A body's value with the argument that each of its members came from, so that a refusal names the right one. */
export type BodyValue = { value: unknown; argumentOf(member: string): string };

/** The body, in the media type that the arguments choose; null where nothing is given for a body that may be left out. */
export function planBody(
  plan: BodyPlan,
  argument: (name: string) => unknown,
  issues: RequestIssues,
  boundary: string | undefined,
): PlannedBody | null {
  const variant = chooseVariant(plan, argument, issues);
  const given = valueOfBody(plan, argument);
  if (!variant) return null;
  if (given.value === undefined) {
    if (!plan.required) return null;
    issues.of(plan.argument ?? 'body', () => refuse('required', 'is missing. It is the body.'));
    return null;
  }
  return issues.of(plan.argument ?? 'body', () => writeBody(variant, given, issues, boundary));
}

function chooseVariant(
  { contentTypeArgument, variants }: BodyPlan,
  argument: (name: string) => unknown,
  issues: RequestIssues,
): BodyVariant | null {
  const wanted = contentTypeArgument === null ? undefined : argument(contentTypeArgument);
  const [first] = variants;
  if (wanted === undefined || contentTypeArgument === null) return first ?? null;
  const chosen = variants.find(({ mediaType }) => mediaType === wanted);
  if (chosen) return chosen;
  const known = variants.map(({ mediaType }) => mediaType).join(', ');
  return issues.of(contentTypeArgument, () => refuse('enum', `has to be one of ${known}.`));
}

function valueOfBody(plan: BodyPlan, argument: (name: string) => unknown): BodyValue {
  if (plan.argument !== null) {
    const whole = plan.argument;
    return { value: argument(whole), argumentOf: () => whole };
  }
  const value: Record<string, unknown> = {};
  const names = new Map<string, string>();
  for (const field of plan.fields ?? []) {
    const given = argument(field.argument);
    names.set(field.name, field.argument);
    if (given !== undefined) setOwn(value, field.name, given);
  }
  const isEmpty = Object.keys(value).length === 0;
  return {
    value: isEmpty && !plan.required ? undefined : value,
    argumentOf: (member) => names.get(member) ?? member,
  };
}

function writeBody(
  variant: BodyVariant,
  given: BodyValue,
  issues: RequestIssues,
  boundary: string | undefined,
): PlannedBody {
  const contentType = headerSafe(variant.mediaType);
  const { value } = given;
  switch (variant.kind) {
    case 'json':
      return { contentType, body: Buffer.from(JSON.stringify(value)) };
    case 'form': {
      // A document may describe the whole form as a string: the caller has written it then.
      const text =
        typeof value === 'string' ? value : formFields(objectOf(given), variant, issues).join('&');
      return { contentType, body: Buffer.from(text) };
    }
    case 'multipart': {
      const parts = Array.isArray(value)
        ? listedParts(value, variant)
        : multipartParts(objectOf(given), variant, issues);
      const written = writeMultipart(parts, boundary);
      return {
        contentType: withBoundary(contentType, written.boundary),
        body: written.body,
      };
    }
    case 'binary':
      return { contentType, body: readFileContent(value).bytes };
    case 'text': {
      const text =
        typeof value === 'object' && isJson(contentType)
          ? JSON.stringify(value)
          : toWireText(value);
      return { contentType: withCharset(contentType, text), body: Buffer.from(text) };
    }
  }
}

function objectOf(given: BodyValue): BodyValue & { value: Record<string, unknown> } {
  const { value, argumentOf } = given;
  if (isObject(value)) return { value, argumentOf };
  return refuse('type', 'has to be an object, whose members become the fields of the form.');
}

/** `text/*` without a charset is not UTF-8 to every receiver (RFC 2046 section 4.1.2). */
function withCharset(contentType: string, text: string): string {
  const isText = essence(contentType).startsWith('text/');
  const isOpen = isText && !/;\s*charset=/i.test(contentType);
  return isOpen && Buffer.byteLength(text) > text.length
    ? `${contentType}; charset=utf-8`
    : contentType;
}

/** In place of a boundary that the document gives; other parameters, such as the type of a related body, stay. */
function withBoundary(mediaType: string, boundary: string): string {
  const others = mediaType.replace(/;\s*boundary=("[^"]*"|[^;]*)/gi, '').trim();
  return `${others}; boundary=${boundary}`;
}

function headerSafe(mediaType: string): string {
  if (/^[\x20-\x7e]+$/.test(mediaType)) return mediaType;
  return refuse('invalid_media_type', `cannot be sent: its media type is not one.`);
}
