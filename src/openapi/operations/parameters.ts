import { childPointer } from '../json-pointer.js';
import { isJson } from '../media-types.js';
import { describeValue, isObject, type RawObject, textOrNull } from '../plain-objects.js';
import { followReference } from '../references/follow-reference.js';
import type { Place } from '../references/spec-file.js';
import type { Fragment } from '../schemas/convert-schema.js';
import { isLeafWithin } from '../schemas/schema-reach.js';
import type { SpecContext } from '../spec-context.js';
import type { ParameterPlan, ParameterStyle } from '../types.js';
import { isBodyParameter, swaggerParameterRules } from './swagger-parameters.js';

export type ParameterIn = ParameterPlan['in'];

/** A parameter of an operation before it has an argument name. Shared between operations: never change it. */
export type PreparedParameter = {
  name: string;
  in: ParameterIn;
  required: boolean;
  wire: Pick<ParameterPlan, 'style' | 'explode' | 'allowReserved' | 'contentType'>;
  fragment: Fragment;
  place: Place;
};

/** How one version of the format describes a parameter. */
export type ParameterRules = {
  schema(raw: RawObject, place: Place): { raw: unknown; place: Place };
  wire(
    raw: RawObject,
    where: ParameterIn,
    report: (message: string) => void,
  ): PreparedParameter['wire'];
};

/** The declared parameters of one operation by their part: those of the request line and headers, and those of a 2.0 body. */
export type OperationParameters = {
  prepared: PreparedParameter[];
  /** Swagger 2.0 `in: body` and `in: formData`, resolved. */
  body: Entry[];
};

type Entry = { raw: RawObject; place: Place };

const ignoredHeaders = new Set(['accept', 'authorization', 'content-type']);
const locations = new Set(['path', 'query', 'header', 'cookie', 'querystring']);

const shortParameter = { parts: 60, text: 2_000 };

/** Reads parameter lists; each parameter is converted once however many operations share it or say the same. */
export class ParameterReader {
  readonly #context: SpecContext;
  readonly #rules: ParameterRules;
  readonly #prepared = new Map<RawObject, PreparedParameter | null>();
  readonly #alike = new Map<string, PreparedParameter>();

  constructor(context: SpecContext) {
    this.#context = context;
    this.#rules =
      context.dialect === '2.0' ? swaggerParameterRules : openApiParameterRules(context);
  }

  /** Path-level parameters overridden by operation-level ones of the same name and location. */
  read(lists: { list: unknown; place: Place }[]): OperationParameters {
    const merged = new Map<string, Entry>();
    for (const { list, place } of lists) {
      for (const entry of this.#entries(list, place)) {
        merged.set(`${String(entry.raw.in)} ${String(entry.raw.name)}`, entry);
      }
    }
    const result: OperationParameters = { prepared: [], body: [] };
    for (const entry of merged.values()) {
      if (this.#context.dialect === '2.0' && isBodyParameter(entry.raw)) result.body.push(entry);
      else this.#add(result, entry.raw, entry.place);
    }
    return result;
  }

  #entries(list: unknown, place: Place): Entry[] {
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) {
      const message = `"parameters" is ${describeValue(list)}; expected a list.`;
      this.#refuse(place, message);
      return [];
    }
    const entries: Entry[] = [];
    for (let index = 0; index < list.length; index += 1) {
      const at = { file: place.file, pointer: childPointer(place.pointer, index) };
      const followed = followReference(this.#context, list[index], at, 'parameters');
      if (!followed) continue;
      if (isObject(followed.value)) entries.push({ raw: followed.value, place: followed.place });
      else {
        const found = describeValue(followed.value);
        this.#refuse(followed.place, `The parameter is ${found}; expected an object.`);
      }
    }
    return entries;
  }

  #add(result: OperationParameters, raw: RawObject, place: Place): void {
    let parameter = this.#prepared.get(raw);
    if (parameter === undefined) {
      parameter = this.#prepareAlike(raw, place);
      this.#prepared.set(raw, parameter);
    }
    if (parameter) result.prepared.push(parameter);
  }

  /** Documents without components write the same parameters on every operation. Those with problems are told apart. */
  #prepareAlike(raw: RawObject, place: Place): PreparedParameter | null {
    if (!isLeafWithin(raw, shortParameter)) return this.#prepare(raw, place);
    const text = JSON.stringify(raw);
    const known = this.#alike.get(text);
    if (known) return { ...known, place };
    const { problems } = this.#context;
    const problemsBefore = problems.count;
    const parameter = this.#prepare(raw, place);
    if (parameter && problems.count === problemsBefore) this.#alike.set(text, parameter);
    return parameter;
  }

  #prepare(raw: RawObject, place: Place): PreparedParameter | null {
    const name = textOrNull(raw.name);
    if (name === null) {
      return this.#refuse(
        place,
        `The parameter's "name" is ${describeValue(raw.name)}; expected a string.`,
      );
    }
    if (typeof raw.in !== 'string' || !locations.has(raw.in)) {
      const found = describeValue(raw.in);
      return this.#refuse(
        place,
        `"in" of parameter "${name}" is ${found}; expected path, query, header or cookie.`,
      );
    }
    if (raw.in === 'header' && ignoredHeaders.has(name.toLowerCase())) {
      const message = `The header parameter "${name}" is not an input: it follows from the body, the response or the credentials (OpenAPI, Parameter Object).`;
      this.#context.problems.add('HEADER_IGNORED', place, message);
      return null;
    }
    const where = raw.in as ParameterIn;
    const source = this.#rules.schema(raw, place);
    const fragment = this.#context.requests.fragment(source.raw, source.place);
    return {
      name,
      in: where,
      required: raw.required === true || where === 'path',
      wire: this.#rules.wire(raw, where, (message) => this.#refuse(place, message)),
      fragment: { schema: withNotes(fragment.schema, raw), refs: fragment.refs },
      place,
    };
  }

  #refuse(place: Place, message: string): null {
    this.#context.problems.add('INVALID_PARAMETER', place, message);
    return null;
  }
}

function withNotes(schema: Fragment['schema'], raw: RawObject): Fragment['schema'] {
  const description = textOrNull(raw.description);
  if (description === null && raw.deprecated !== true) return schema;
  const noted: Fragment['schema'] = {};
  for (const key in schema) {
    if (description === null || (key !== 'title' && key !== 'description'))
      noted[key] = schema[key];
  }
  if (description !== null) noted.description = description;
  if (raw.deprecated === true) noted.deprecated = true;
  return noted;
}

const styles: Record<ParameterIn, ParameterStyle[]> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form', 'cookie'],
  querystring: ['form'],
};

function openApiParameterRules(context: SpecContext): ParameterRules {
  return {
    schema(raw, place) {
      const content = contentOf(raw);
      if (!content) {
        const pointer = childPointer(place.pointer, 'schema');
        return { raw: raw.schema ?? true, place: { file: place.file, pointer } };
      }
      const at = childPointer(place.pointer, 'content', content.mediaType);
      const media = followReference(
        context,
        content.media,
        { file: place.file, pointer: at },
        'mediaTypes',
      );
      const schema = media && isObject(media.value) ? media.value.schema : undefined;
      const found = media?.place ?? place;
      return {
        raw: schema ?? true,
        place: { file: found.file, pointer: childPointer(found.pointer, 'schema') },
      };
    },
    wire(raw, where, report) {
      const allowed = styles[where];
      const style = allowed.find((name) => name === raw.style) ?? allowed[0] ?? 'form';
      if (raw.style !== undefined && raw.style !== style && where !== 'querystring') {
        report(
          `"style" of the ${where} parameter "${String(raw.name)}" is ${describeValue(raw.style)}; expected ${allowed.join(', ')}. "${style}" is used.`,
        );
      }
      return {
        style,
        explode:
          typeof raw.explode === 'boolean' ? raw.explode : style === 'form' || style === 'cookie',
        allowReserved: raw.allowReserved === true,
        contentType: contentOf(raw)?.mediaType ?? null,
      };
    },
  };
}

function contentOf(raw: RawObject): { mediaType: string; media: unknown } | null {
  if (!isObject(raw.content)) return null;
  const entries = Object.entries(raw.content);
  const [mediaType, media] = entries.find(([type]) => isJson(type)) ?? entries[0] ?? [];
  return mediaType === undefined ? null : { mediaType, media };
}
