import { childPointer } from '../json-pointer.js';
import { bodyKind, essence, isStream, isXml, sendableMediaType } from '../media-types.js';
import { isObject, type RawObject } from '../plain-objects.js';
import { followReference } from '../references/follow-reference.js';
import type { Place } from '../references/spec-file.js';
import type { Fragment } from '../schemas/convert-schema.js';
import { type ObjectShape, objectShape } from '../schemas/object-shape.js';
import type { SpecContext } from '../spec-context.js';
import type { BodyKind, BodyVariant, EncodingPlan } from '../types.js';
import { bodyFiles, isUntyped } from './body-parts.js';
import { encodingOf, positionsOf } from './part-encodings.js';

/** One media type that a body may have. */
export type BodyMedia = {
  mediaType: string;
  /** Undefined where the document gives none. */
  schema: unknown;
  place: Place;
  /** The Media Type Object; null where the version of the format has none. */
  described: RawObject | null;
  /** The properties, where the document lists them without a schema (2.0 `formData`), and how lists in them are sent. */
  form?: { shape: ObjectShape; encoding: Record<string, EncodingPlan> };
};

/** A request body as either version of the format describes it. */
export type BodySource = {
  required: boolean;
  description: string | null;
  media: BodyMedia[];
  place: Place;
};

/** A property of a body that is an input of its own. Shared between operations: never change it. */
export type BodyField = { name: string; required: boolean; fragment: Fragment };

/** A request body before its arguments are named. */
export type PreparedBody = {
  required: boolean;
  description: string | null;
  /** Either the properties of the body, each an input of its own … */
  fields: BodyField[] | null;
  /** … or the body as one input. */
  whole: Fragment | null;
  variants: BodyVariant[];
};

type Offer = BodyMedia & { kind: BodyKind };

const kindOrder: BodyKind[] = ['json', 'form', 'multipart', 'text', 'binary'];

/** Reads request bodies; a schema that several of them refer to is taken apart once. */
export class BodyReader {
  readonly #context: SpecContext;
  readonly #referred = new Map<unknown, ObjectShape | null>();
  readonly #fields = new Map<ObjectShape, BodyField[]>();

  constructor(context: SpecContext) {
    this.#context = context;
  }

  /** Chooses how the body is offered: flattened where it is one plain object, else as a whole. Null when nothing is left. */
  prepare(source: BodySource): PreparedBody | null {
    const context = this.#context;
    const offers = offersOf(context, source);
    const [first] = offers;
    if (!first) return null;
    const isSame = offers.every((offer) => offer === first || sameSchema(context, offer, first));
    const canFlatten = offers.every(({ kind }) => ['json', 'form', 'multipart'].includes(kind));
    const shape = isSame && canFlatten ? this.#shapeOf(first) : null;
    const base = { required: source.required, description: source.description };
    const variants = offers.map((offer) => variantOf(context, offer));
    if (shape) {
      const description = base.description ?? shape.description;
      const fields = describeFiles(this.#fieldsOf(shape), variants);
      return { ...base, description, fields, whole: null, variants };
    }
    const fragments = (isSame ? [first] : offers).map((offer) => fragmentOf(context, offer));
    return { ...base, fields: null, whole: anyOfFragments(fragments), variants };
  }

  #shapeOf(offer: Offer): ObjectShape | null {
    const target = rawTarget(this.#context, offer);
    if (
      !isObject(offer.schema) ||
      Object.keys(offer.schema).length > 1 ||
      target === offer.schema
    ) {
      return shapeOf(this.#context, offer, target);
    }
    let shape = this.#referred.get(target);
    if (shape === undefined) {
      shape = shapeOf(this.#context, offer, target);
      this.#referred.set(target, shape);
    }
    return shape;
  }

  #fieldsOf(shape: ObjectShape): BodyField[] {
    let fields = this.#fields.get(shape);
    if (!fields) {
      fields = fieldsOf(this.#context, shape);
      this.#fields.set(shape, fields);
    }
    return fields;
  }
}

function offersOf(context: SpecContext, source: BodySource): Offer[] {
  const isUsable = ({ mediaType }: BodyMedia) => !isXml(mediaType) && !isStream(mediaType);
  const hasBetter = source.media.some(isUsable);
  const offers: Offer[] = [];
  for (const media of source.media) {
    if (hasBetter && isXml(media.mediaType)) {
      const message = `The body is not offered as ${media.mediaType}: another media type describes the same.`;
      context.problems.add('XML_NOT_OFFERED', media.place, message);
      continue;
    }
    const kind = bodyKind(media.mediaType, rawTarget(context, media));
    const mediaType = sendableMediaType(media.mediaType, kind);
    if (offers.some((other) => other.mediaType === mediaType)) continue;
    offers.push({ ...media, kind, mediaType });
  }
  return offers.sort((a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind));
}

function rawTarget(context: SpecContext, { schema, place }: BodyMedia): unknown {
  if (!isObject(schema) || schema.$ref === undefined) return schema;
  const target = context.refs.resolveChain(schema.$ref, place.file);
  return target.ok ? target.value : schema;
}

function sameSchema(context: SpecContext, a: Offer, b: Offer): boolean {
  const isObjectKind = ({ kind }: Offer) => kind !== 'text' && kind !== 'binary';
  if (a.kind !== b.kind && !(isObjectKind(a) && isObjectKind(b))) return false;
  if (a.form || b.form) return a.form === b.form;
  const [left, right] = [rawTarget(context, a), rawTarget(context, b)];
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function shapeOf(context: SpecContext, offer: Offer, target: unknown): ObjectShape | null {
  if (offer.form) return offer.form.shape;
  if (subtypesOf(target)) return null;
  return objectShape(offer.schema, offer.place, context.refs);
}

function fieldsOf(context: SpecContext, shape: ObjectShape): BodyField[] {
  const fields: BodyField[] = [];
  for (const [name, entries] of shape.properties) {
    if (entries.some(({ raw, place }) => context.requests.isExcluded(raw, place.file))) continue;
    const fragments = entries.map(({ raw, place, owner }) =>
      context.requests.fragment(raw, place, owner),
    );
    const fragment = allOfFragments(fragments);
    fields.push({ name, required: shape.required.has(name), fragment });
  }
  return fields;
}

/** A schema that says nothing of its value does not tell an agent that file content is expected. */
function describeFiles(fields: BodyField[], variants: BodyVariant[]): BodyField[] {
  const isFile = (name: string) => variants.every(({ files }) => files.includes(name));
  return fields.map((field) => {
    const { name, fragment } = field;
    if (!isUntyped(fragment.schema) || !isFile(name)) return field;
    const description = fragment.schema.description ?? 'File content as base64 or a data URI.';
    const schema = { ...fragment.schema, type: 'string', contentEncoding: 'base64', description };
    return { ...field, fragment: { ...fragment, schema } };
  });
}

function fragmentOf(context: SpecContext, offer: Offer): Fragment {
  const { kind, schema, place } = offer;
  const target = rawTarget(context, offer);
  if (kind === 'binary') {
    const description = `File content (${offer.mediaType}) as base64 or a data URI.`;
    return { schema: { type: 'string', contentEncoding: 'base64', description }, refs: [] };
  }
  if (kind === 'text' && !(isObject(target) && target.type === 'string')) {
    const description = `Text of media type ${essence(offer.mediaType)}.`;
    return { schema: { type: 'string', description }, refs: [] };
  }
  if (schema === undefined) return { schema: {}, refs: [] };
  const subtypes = subtypesOf(target);
  if (subtypes) return context.requests.fragment(subtypes, place);
  return context.requests.fragment(schema, place);
}

/**
 * A base schema whose `discriminator` names its subtypes only by mapping: as a body, any of the subtypes is meant. Null
 * for every other schema.
 */
function subtypesOf(target: unknown): RawObject | null {
  if (!isObject(target) || target.oneOf !== undefined || target.anyOf !== undefined) return null;
  const mapping = isObject(target.discriminator) ? target.discriminator.mapping : undefined;
  if (!isObject(mapping)) return null;
  const refs = Object.values(mapping).filter((value) => typeof value === 'string');
  if (refs.length === 0) return null;
  const anyOf = [...new Set(refs)].map((value) => ({
    $ref: /^[A-Za-z0-9._-]+$/.test(value) ? `#/components/schemas/${value}` : value,
  }));
  return { anyOf };
}

/** A property that several parts of an `allOf` describe has to fit each; the last part says what it is. */
function allOfFragments(fragments: Fragment[]): Fragment {
  const [only, ...others] = fragments;
  if (!only) return { schema: {}, refs: [] };
  if (others.length === 0) return only;
  const description = fragments.findLast(({ schema }) => schema.description)?.schema.description;
  return {
    schema: {
      ...(description !== undefined && { description }),
      allOf: fragments.map(({ schema }) => schema),
    },
    refs: [...new Set(fragments.flatMap(({ refs }) => refs))],
  };
}

function anyOfFragments(fragments: Fragment[]): Fragment {
  const distinct = new Map(fragments.map((item) => [JSON.stringify(item.schema), item]));
  const [only, ...others] = distinct.values();
  if (!only) return { schema: {}, refs: [] };
  if (others.length === 0) return only;
  const all = [only, ...others];
  return {
    schema: { anyOf: all.map(({ schema }) => schema) },
    refs: [...new Set(all.flatMap(({ refs }) => refs))],
  };
}

function variantOf(context: SpecContext, offer: Offer): BodyVariant {
  const { mediaType, kind } = offer;
  const encoding = offer.form?.encoding ?? encodingOf(context, offer);
  const files = kind === 'multipart' ? bodyFiles(context, offer, encoding) : [];
  const positions = positionsOf(context, offer);
  return { mediaType, kind, encoding, files, ...(positions && { positions }) };
}

/** A multipart body whose parts are described one by one is a list of them (OpenAPI 3.2 "Sequential Media Types"). */
function schemaOf(mediaType: string, { schema, itemSchema }: RawObject): unknown {
  if (schema !== undefined || itemSchema === undefined) return schema;
  return essence(mediaType).startsWith('multipart/')
    ? { type: 'array', items: itemSchema }
    : schema;
}

/** The `requestBody` of OpenAPI 3.x, resolved. */
export function openApiBody(context: SpecContext, raw: RawObject, place: Place): BodySource {
  const content = isObject(raw.content) ? raw.content : {};
  const media = Object.entries(content).map(([mediaType, value]) => {
    const at = { file: place.file, pointer: childPointer(place.pointer, 'content', mediaType) };
    const found = followReference(context, value, at, 'mediaTypes');
    const described: RawObject = isObject(found?.value) ? found.value : {};
    const { file, pointer } = found?.place ?? at;
    return {
      mediaType,
      schema: schemaOf(mediaType, described),
      described,
      place: { file, pointer: childPointer(pointer, 'schema') },
    };
  });
  return {
    required: raw.required === true,
    description: typeof raw.description === 'string' ? raw.description : null,
    media,
    place,
  };
}
