import { childPointer } from '../json-pointer.js';
import { essence } from '../media-types.js';
import { type RawObject, stringsOf, textOrNull } from '../plain-objects.js';
import type { Place } from '../references/spec-file.js';
import type { ObjectShape } from '../schemas/object-shape.js';
import type { SpecContext } from '../spec-context.js';
import type { EncodingPlan } from '../types.js';
import type { BodyMedia, BodySource } from './bodies.js';
import { collectionStyle, swaggerParameterSchema } from './swagger-parameters.js';

type BodyParameter = { raw: RawObject; place: Place };

const urlencoded = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data';

/** The body that 2.0 parameters `in: body` or `in: formData` describe. `consumes` is the operation's, else the document's. */
export function swaggerBody(
  context: SpecContext,
  parameters: BodyParameter[],
  consumes: unknown,
  place: Place,
): BodySource | null {
  const types = stringsOf(consumes);
  const body = parameters.find(({ raw }) => raw.in === 'body');
  if (!body) return parameters.length === 0 ? null : formBody(parameters, types, place);
  for (const other of parameters) {
    if (other === body) continue;
    const name = String(other.raw.name);
    const message = `The parameter "${name}" is left out: an operation has one body, and "${String(body.raw.name)}" is it.`;
    context.problems.add('INVALID_BODY', other.place, message);
  }
  const schemaPlace = {
    file: body.place.file,
    pointer: childPointer(body.place.pointer, 'schema'),
  };
  const media = (types.length > 0 ? types : ['application/json']).map((mediaType) => ({
    mediaType,
    schema: body.raw.schema,
    described: null,
    place: schemaPlace,
  }));
  return {
    required: body.raw.required === true,
    description: textOrNull(body.raw.description),
    media,
    place: body.place,
  };
}

function formBody(parameters: BodyParameter[], types: string[], place: Place): BodySource {
  const shape: ObjectShape = { properties: new Map(), required: new Set(), description: null };
  const encoding: Record<string, EncodingPlan> = {};
  for (const { raw, place: at } of parameters) {
    const name = String(raw.name);
    const schema = swaggerParameterSchema(raw);
    const description = textOrNull(raw.description);
    if (description !== null) schema.description = description;
    shape.properties.set(name, [{ raw: schema, place: at }]);
    if (raw.required === true) shape.required.add(name);
    if (raw.type === 'array') encoding[name] = collectionStyle(raw.collectionFormat, 'formData');
  }
  const form = { shape, encoding };
  const media: BodyMedia[] = formTypes(parameters, types).map((mediaType) => ({
    mediaType,
    schema: undefined,
    described: null,
    place,
    form,
  }));
  return { required: shape.required.size > 0, description: null, media, place };
}

function formTypes(parameters: BodyParameter[], types: string[]): string[] {
  const hasFile = parameters.some(({ raw }) => raw.type === 'file');
  const fitting = types.filter((type) => {
    const name = essence(type);
    return name === multipart || (name === urlencoded && !hasFile);
  });
  if (fitting.length > 0) return fitting;
  return [hasFile ? multipart : urlencoded];
}
