import { bodyKind, isFileSchema } from '../media-types.js';
import { isObject } from '../plain-objects.js';
import type { SpecFile } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import type { EncodingPlan } from '../types.js';
import type { BodyMedia } from './bodies.js';

const annotations = new Set([
  'description',
  'title',
  '$comment',
  'deprecated',
  'examples',
  'example',
]);

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

/** Whether the value of a part, or each item of it where it is a list, is file content. */
export function carriesFile(
  context: SpecContext,
  raw: unknown,
  file: SpecFile,
  contentType: string | undefined,
): boolean {
  const target = follow(context, raw, file);
  if (isUntyped(target.value)) return isUntypedFile(context, contentType);
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
  if (items !== undefined) {
    const item = follow(context, items, target.file).value;
    return isUntyped(item) ? isUntypedFile(context, contentType) : isFileSchema(item);
  }
  const alternatives = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  return alternatives.some((item) => {
    const option = follow(context, item, target.file);
    if (isFileSchema(option.value)) return true;
    const inner = isObject(option.value) ? option.value.items : undefined;
    return inner !== undefined && isFileSchema(follow(context, inner, option.file).value);
  });
}

/** A schema that says nothing of its value. */
export function isUntyped(schema: unknown): boolean {
  if (schema === true) return true;
  return isObject(schema) && Object.keys(schema).every((keyword) => annotations.has(keyword));
}

/** OpenAPI 3.1 "Encoding Object": a value without a type is `application/octet-stream` unless `contentType` says otherwise. */
function isUntypedFile({ dialect }: SpecContext, contentType: string | undefined): boolean {
  if (contentType !== undefined)
    return bodyKind(contentType.split(',', 1)[0] ?? '', {}) === 'binary';
  return dialect === '3.1' || dialect === '3.2';
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

export function follow(
  context: SpecContext,
  value: unknown,
  file: SpecFile,
): { value: unknown; file: SpecFile } {
  if (!isObject(value) || value.$ref === undefined) return { value, file };
  const target = context.refs.resolveChain(value.$ref, file);
  return target.ok ? { value: target.value, file: target.place.file } : { value: null, file };
}
