import { connectionHeaders } from '../../lib/connection-headers.js';
import { childPointer } from '../json-pointer.js';
import { describeValue, getOwn, isObject, type RawObject } from '../plain-objects.js';
import { followReference } from '../references/follow-reference.js';
import type { Place } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import type { PartHeaderPlan } from '../types.js';

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What the parts of one Encoding Object are called in sentences, and whether they have names of their own. */
export type PartLabel = { text: string; isNamed: boolean };

/**
 * The `headers` of an Encoding Object whose value the document fixes, by a const, an enum of one or a default. The others
 * have no argument that could give them one, and `Content-Type` and the name of a part follow from other things: each has
 * a problem.
 */
export function partHeaders(
  context: SpecContext,
  raw: unknown,
  place: Place,
  label: PartLabel,
): PartHeaderPlan[] {
  if (raw === undefined) return [];
  if (!isObject(raw)) {
    const message = `"headers" of ${label.text} is ${describeValue(raw)}; expected an object.`;
    context.problems.add('INVALID_BODY', place, message);
    return [];
  }
  return Object.entries(raw).flatMap(([name, value]) => {
    const at = { file: place.file, pointer: childPointer(place.pointer, name) };
    const found = followReference(context, value, at, 'headers');
    return found
      ? partHeader(context, { name, raw: found.value, at, place: found.place }, label)
      : [];
  });
}

type Found = { name: string; raw: unknown; at: Place; place: Place };

function partHeader(context: SpecContext, found: Found, label: PartLabel): PartHeaderPlan[] {
  const { name, raw, at } = found;
  const leave = (reason: string, isLost = false): PartHeaderPlan[] => {
    const message = `The header "${name}" of ${label.text} is not sent: ${reason}.`;
    context.problems.add('PART_HEADER_NOT_SENT', at, message, isLost ? undefined : 'INFO');
    return [];
  };
  if (!isObject(raw)) return leave(`it is ${describeValue(raw)}; expected an object`);
  const reserved = reservedReason(name, label.isNamed);
  if (reserved) return leave(reserved);
  const { schema, contentType } = describedBy(context, raw, found.place);
  if (schema === false) return [];
  const value = fixedValue(schema);
  if (value === undefined) {
    const reason = 'its schema has no const, no enum of one value and no default to send';
    return leave(reason, raw.required === true);
  }
  if (!isCarried(value)) return leave('its value has characters that a header cannot carry');
  return [{ name, value, explode: raw.explode === true, contentType }];
}

function reservedReason(name: string, isNamed: boolean): string | null {
  const lower = name.toLowerCase();
  if (!token.test(name)) return 'that is not a header name (RFC 9110 section 5.1)';
  if (lower === 'content-type') {
    return 'the media type of a part is its "contentType" (OpenAPI, Encoding Object)';
  }
  if (lower === 'content-disposition' && isNamed) return 'it carries the name of the part';
  return connectionHeaders.includes(lower) ? 'it belongs to the connection' : null;
}

function describedBy(
  context: SpecContext,
  raw: RawObject,
  place: Place,
): { schema: unknown; contentType: string | null } {
  const [[contentType = null, media] = []] = isObject(raw.content)
    ? Object.entries(raw.content)
    : [];
  const schema = isObject(media) ? media.schema : raw.schema;
  if (!isObject(schema) || schema.$ref === undefined) return { schema, contentType };
  const target = context.refs.resolveChain(schema.$ref, place.file);
  return { schema: target.ok ? target.value : undefined, contentType };
}

function fixedValue(schema: unknown): unknown {
  if (!isObject(schema)) return undefined;
  if (Object.hasOwn(schema, 'const')) return schema.const ?? undefined;
  const values = getOwn(schema, 'enum');
  if (Array.isArray(values) && values.length === 1) return values[0] ?? undefined;
  return schema.default ?? undefined;
}

/** In any spelling: JSON escapes what is outside ASCII, and a style leaves it as it is (RFC 9110 section 5.5). */
function isCarried(value: unknown): boolean {
  if (typeof value === 'string') return /^[\x20-\x7e\x80-\xff]*$/.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isCarried(key) && isCarried(member));
}
