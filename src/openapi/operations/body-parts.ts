import { childPointer } from '../json-pointer.js';
import { isFileSchema } from '../media-types.js';
import { describeValue, isObject, setOwn } from '../plain-objects.js';
import type { Place, SpecFile } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import type { EncodingPlan, ParameterStyle } from '../types.js';
import type { BodyMedia } from './bodies.js';

const styles = ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'] as const;

/** The Encoding Objects of a media type by property; what cannot be read is left out with a problem. */
export function encodingOf(
  context: SpecContext,
  raw: unknown,
  schemaPlace: Place,
): Record<string, EncodingPlan> {
  const plans: Record<string, EncodingPlan> = {};
  if (!isObject(raw)) return plans;
  const holder = schemaPlace.pointer.replace(/\/schema$/, '/encoding');
  for (const [name, value] of Object.entries(raw)) {
    const pointer = childPointer(holder, name);
    if (!isObject(value)) {
      const message = `The encoding of "${name}" is ${describeValue(value)}; expected an object.`;
      context.problems.add('INVALID_BODY', { file: schemaPlace.file, pointer }, message);
      continue;
    }
    const plan: EncodingPlan = {};
    if (typeof value.contentType === 'string') plan.contentType = value.contentType;
    const style: ParameterStyle | undefined = styles.find((known) => known === value.style);
    if (style) plan.style = style;
    if (typeof value.explode === 'boolean') plan.explode = value.explode;
    if (typeof value.allowReserved === 'boolean') plan.allowReserved = value.allowReserved;
    setOwn(plans, name, plan);
  }
  return plans;
}

/** Names of the properties that carry files, or lists of files. */
export function bodyFiles(
  context: SpecContext,
  { schema, place, form }: BodyMedia,
  encoding: Record<string, EncodingPlan>,
): string[] {
  const names = new Set<string>();
  const visit = (name: string, raw: unknown, file: SpecFile) => {
    const type = Object.hasOwn(encoding, name) ? encoding[name]?.contentType : undefined;
    if (carriesFile(context, raw, file, type)) names.add(name);
  };
  if (form) {
    for (const [name, [entry]] of form.shape.properties) {
      if (entry) visit(name, entry.raw, entry.place.file);
    }
  } else {
    eachProperty(context, schema, place.file, visit);
  }
  return [...names];
}

function carriesFile(
  context: SpecContext,
  raw: unknown,
  file: SpecFile,
  contentType: string | undefined,
): boolean {
  const target = follow(context, raw, file);
  if (!isObject(target.value)) return false;
  if (isFileSchema(target.value)) return true;
  const { type, items, anyOf, oneOf } = target.value;
  if (
    type === 'string' &&
    contentType &&
    /^(image|audio|video|application\/octet)/.test(contentType)
  ) {
    return true;
  }
  if (items !== undefined) return isFileSchema(follow(context, items, target.file).value);
  const alternatives = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  return alternatives.some((item) => {
    const option = follow(context, item, target.file);
    if (isFileSchema(option.value)) return true;
    const inner = isObject(option.value) ? option.value.items : undefined;
    return inner !== undefined && isFileSchema(follow(context, inner, option.file).value);
  });
}

function eachProperty(
  context: SpecContext,
  root: unknown,
  rootFile: SpecFile,
  visit: (name: string, raw: unknown, file: SpecFile) => void,
): void {
  const seen = new Set<unknown>();
  const pending: { value: unknown; file: SpecFile }[] = [{ value: root, file: rootFile }];
  for (let at = pending.pop(); at; at = pending.pop()) {
    const { value, file } = follow(context, at.value, at.file);
    if (!isObject(value) || seen.has(value)) continue;
    seen.add(value);
    if (isObject(value.properties)) {
      for (const [name, raw] of Object.entries(value.properties)) visit(name, raw, file);
    }
    for (const list of [value.allOf, value.anyOf, value.oneOf]) {
      if (Array.isArray(list)) for (const item of list) pending.push({ value: item, file });
    }
  }
}

function follow(
  context: SpecContext,
  value: unknown,
  file: SpecFile,
): { value: unknown; file: SpecFile } {
  if (!isObject(value) || value.$ref === undefined) return { value, file };
  const target = context.refs.resolveChain(value.$ref, file);
  return target.ok ? { value: target.value, file: target.place.file } : { value: null, file };
}
