import { childPointer } from '../json-pointer.js';
import { essence, isJson, isStream } from '../media-types.js';
import { describeValue, isObject, type RawObject, stringsOf } from '../plain-objects.js';
import { followReference } from '../references/follow-reference.js';
import type { Place } from '../references/spec-file.js';
import type { Fragment } from '../schemas/convert-schema.js';
import type { SpecContext } from '../spec-context.js';

export type PreparedResponse = {
  /** Of the first success response that describes one JSON value. */
  output: Fragment | null;
  accept: string[];
};

type Media = { mediaType: string; schema: unknown; place: Place };

/** What a success answers with: codes 200 to 299 in order, then `2XX`, then `default`. `produces` is for 2.0. */
export function prepareResponse(
  context: SpecContext,
  responses: unknown,
  place: Place,
  produces: unknown,
): PreparedResponse {
  const result: PreparedResponse = { output: null, accept: [] };
  if (!isObject(responses)) {
    if (responses !== undefined) {
      const message = `"responses" is ${describeValue(responses)}; expected an object.`;
      context.problems.add('INVALID_RESPONSE', place, message);
    }
    return result;
  }
  const accepted = new Set<string>();
  for (const code of successCodes(responses)) {
    const at = { file: place.file, pointer: childPointer(place.pointer, code) };
    for (const media of mediaOf(context, responses[code], at, produces)) {
      accepted.add(media.mediaType);
      if (isStream(media.mediaType)) noteStream(context, media);
      if (result.output === null && media.schema !== undefined && isJson(media.mediaType)) {
        result.output = context.responses.resolved(media.schema, media.place);
      }
    }
  }
  result.accept = [...accepted].sort((a, b) => Number(isJson(b)) - Number(isJson(a)));
  return result;
}

function successCodes(responses: RawObject): string[] {
  const codes = Object.keys(responses);
  const exact = codes.filter((code) => /^2\d\d$/.test(code)).sort();
  const range = codes.filter((code) => /^2xx$/i.test(code));
  const success = [...exact, ...range];
  return success.length > 0 ? success : codes.filter((code) => code === 'default');
}

function mediaOf(context: SpecContext, raw: unknown, at: Place, produces: unknown): Media[] {
  const response = followReference(context, raw, at, 'responses');
  if (!response) return [];
  if (!isObject(response.value)) {
    const message = `The response is ${describeValue(response.value)}; expected an object.`;
    context.problems.add('INVALID_RESPONSE', response.place, message);
    return [];
  }
  const { file, pointer } = response.place;
  if (context.dialect === '2.0') {
    const types = stringsOf(produces);
    const { schema } = response.value;
    if (schema === undefined) return [];
    const place = { file, pointer: childPointer(pointer, 'schema') };
    return (types.length > 0 ? types : ['application/json']).map((mediaType) => ({
      mediaType,
      schema: isFileAnswer(schema) ? undefined : schema,
      place,
    }));
  }
  const content = isObject(response.value.content) ? response.value.content : {};
  return Object.entries(content).map(([mediaType, value]) => ({
    mediaType,
    schema: isObject(value) ? value.schema : undefined,
    place: { file, pointer: childPointer(pointer, 'content', mediaType, 'schema') },
  }));
}

function isFileAnswer(schema: unknown): boolean {
  return isObject(schema) && schema.type === 'file';
}

function noteStream(context: SpecContext, { mediaType, place }: Media): void {
  const message = `The answer is a stream (${essence(mediaType)}), not one JSON value.`;
  context.problems.add('STREAMED_RESPONSE', place, message);
}
