import { childPointer } from '../json-pointer.js';
import { describeValue, isObject } from '../plain-objects.js';
import type { SpecContext } from '../spec-context.js';
import type { Place } from './spec-file.js';

const sections = {
  parameters: 'a parameter',
  requestBodies: 'a request body',
  responses: 'a response',
  headers: 'a header',
  pathItems: 'a path item',
  mediaTypes: 'a media type',
  securitySchemes: 'a security scheme',
} as const;

/** The kinds of object that a Reference Object may stand for, schemas aside. */
export type ReferenceKind = keyof typeof sections;

/** An object of the document and where it really stands. */
export type Followed = { value: unknown; place: Place };

/**
 * The object that stands at `place`, or the one that its `$ref` leads to. Null, with a located problem, when the
 * reference leads nowhere, back to itself, or to another kind of component.
 */
export function followReference(
  context: SpecContext,
  value: unknown,
  place: Place,
  kind: ReferenceKind,
): Followed | null {
  if (!isObject(value) || value.$ref === undefined) return { value, place };
  const target = context.refs.resolveChain(value.$ref, place.file);
  const at = { file: place.file, pointer: childPointer(place.pointer, '$ref') };
  if (!target.ok) {
    context.problems.add(target.code, at, `${target.message} Expected ${sections[kind]}.`);
    return null;
  }
  const section = /^\/components\/([^/]+)\/[^/]+$/.exec(target.place.pointer)?.[1];
  if (section !== undefined && section !== kind && target.place.file.isRoot) {
    const message = `The reference "${String(value.$ref)}" points into components/${section}; expected ${sections[kind]}.`;
    context.problems.add('REF_WRONG_KIND', at, message);
    return null;
  }
  if (!isObject(target.value)) {
    const found = describeValue(target.value);
    const message = `The reference "${String(value.$ref)}" points at ${found}; expected ${sections[kind]}.`;
    context.problems.add('REF_WRONG_KIND', at, message);
    return null;
  }
  return { value: target.value, place: target.place };
}
