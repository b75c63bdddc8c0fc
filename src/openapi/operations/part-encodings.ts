import { childPointer } from '../json-pointer.js';
import { essence } from '../media-types.js';
import { describeValue, isObject, type RawObject, setOwn } from '../plain-objects.js';
import type { Place } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import type { BodyKind, EncodingPlan, ParameterStyle, PositionPlan } from '../types.js';
import type { BodyMedia } from './bodies.js';
import { carriesFile, follow } from './body-parts.js';
import { type PartLabel, partHeaders } from './part-headers.js';

const styles = ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'] as const;

type Media = Pick<BodyMedia, 'mediaType' | 'schema' | 'place' | 'described'> & { kind: BodyKind };

/** The Encoding Objects of a media type by property; what cannot be read is left out with a problem. */
export function encodingOf(context: SpecContext, media: Media): Record<string, EncodingPlan> {
  const plans: Record<string, EncodingPlan> = {};
  const raw = media.described?.encoding;
  if (!isObject(raw)) return plans;
  const holder = memberPlace(media.place, 'encoding');
  for (const [name, value] of Object.entries(raw)) {
    const place = { file: holder.file, pointer: childPointer(holder.pointer, name) };
    const isNamed = essence(media.mediaType) === 'multipart/form-data';
    const label = { text: `the part "${name}"`, isNamed };
    setOwn(plans, name, encodingPlan(context, value, place, label, media.kind));
  }
  return plans;
}

/**
 * How the items of a list become parts (OpenAPI 3.2 "Encoding By Position"). Undefined where the body is not a list of
 * parts; `prefixEncoding` and `itemEncoding` have a problem then.
 */
export function positionsOf(
  context: SpecContext,
  media: Media,
): { first: PositionPlan[]; others: PositionPlan } | undefined {
  const { prefixEncoding, itemEncoding } = media.described ?? {};
  const target = follow(context, media.schema, media.place.file);
  const schema: RawObject = isObject(target.value) ? target.value : {};
  const isList =
    schema.type === 'array' || schema.prefixItems !== undefined || schema.items !== undefined;
  if (media.kind !== 'multipart' || !isList) {
    for (const [name, value] of Object.entries({ prefixEncoding, itemEncoding })) {
      if (value === undefined) continue;
      const message = `"${name}" is ignored: it is for multipart bodies that are a list.`;
      context.problems.add(
        'PART_ENCODING_NOT_USED',
        memberPlace(media.place, name),
        message,
        'INFO',
      );
    }
    return undefined;
  }
  const items = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const prefix = Array.isArray(prefixEncoding) ? prefixEncoding : [];
  const planAt = (raw: unknown, place: Place, item: unknown, text: string): PositionPlan => {
    const label = { text, isNamed: essence(media.mediaType) === 'multipart/form-data' };
    const plan = raw === undefined ? {} : encodingPlan(context, raw, place, label, media.kind);
    const isFile = carriesFile(context, item, target.file, plan.contentType);
    return isFile ? { ...plan, isFile } : plan;
  };
  const first = Array.from({ length: Math.max(items.length, prefix.length) }, (_, index) => {
    const place = memberPlace(media.place, 'prefixEncoding', index);
    const raw = index < prefix.length ? prefix[index] : itemEncoding;
    return planAt(raw, place, items[index] ?? schema.items, `part ${index + 1}`);
  });
  const place = memberPlace(media.place, 'itemEncoding');
  return { first, others: planAt(itemEncoding, place, schema.items, 'the other parts') };
}

function encodingPlan(
  context: SpecContext,
  value: unknown,
  place: Place,
  label: PartLabel,
  kind: BodyKind,
): EncodingPlan {
  if (!isObject(value)) {
    const message = `The encoding of ${label.text} is ${describeValue(value)}; expected an object.`;
    context.problems.add('INVALID_BODY', place, message);
    return {};
  }
  const plan: EncodingPlan = {};
  if (typeof value.contentType === 'string') plan.contentType = value.contentType;
  if (plan.contentType !== undefined && essence(plan.contentType).startsWith('multipart/')) {
    const message = `The media type "${plan.contentType}" of ${label.text} is not made: it is sent as JSON.`;
    context.problems.add('PART_ENCODING_NOT_USED', place, message);
    delete plan.contentType;
  }
  const style: ParameterStyle | undefined = styles.find((known) => known === value.style);
  if (style) plan.style = style;
  else if (value.style !== undefined) {
    const found = describeValue(value.style);
    const message = `"style" of ${label.text} is ${found}; expected ${styles.join(', ')}. It is ignored.`;
    context.problems.add('INVALID_BODY', place, message);
  }
  if (typeof value.explode === 'boolean') plan.explode = value.explode;
  if (typeof value.allowReserved === 'boolean') plan.allowReserved = value.allowReserved;
  if (kind !== 'multipart') return plan;
  const at = { file: place.file, pointer: childPointer(place.pointer, 'headers') };
  const headers = partHeaders(context, value.headers, at, label);
  if (headers.length > 0) plan.headers = headers;
  return plan;
}

/** A member of the Media Type Object, from the place of its schema. */
function memberPlace({ file, pointer }: Place, ...tokens: (string | number)[]): Place {
  return { file, pointer: childPointer(pointer.replace(/\/schema$/, ''), ...tokens) };
}
