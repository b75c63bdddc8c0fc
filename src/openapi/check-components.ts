import { childPointer } from './json-pointer.js';
import { describeValue, isObject, type RawObject } from './plain-objects.js';
import type { SpecContext } from './spec-context.js';

const swaggerSections = ['definitions', 'parameters', 'responses'];

/** Looks at components that no operation may use: one that is no object, or refers to nothing, is worth a word. */
export function checkComponents(context: SpecContext, document: RawObject): void {
  const isSwagger = context.dialect === '2.0';
  const holder = isSwagger ? document : document.components;
  if (!isObject(holder)) return;
  const base = isSwagger ? '' : '/components';
  for (const section of isSwagger ? swaggerSections : Object.keys(holder)) {
    const entries = holder[section];
    if (section.startsWith('x-') || !isObject(entries)) continue;
    for (const [name, value] of Object.entries(entries)) {
      const place = { file: context.files.root, pointer: childPointer(base, section, name) };
      if (typeof value === 'boolean' && section === 'schemas') continue;
      if (!isObject(value)) {
        const message = `The component is ${describeValue(value)}; expected an object.`;
        context.problems.add('INVALID_SCHEMA', place, message, 'INFO');
      } else if (value.$ref !== undefined) {
        const target = context.refs.resolveChain(value.$ref, place.file);
        const at = { file: place.file, pointer: childPointer(place.pointer, '$ref') };
        if (!target.ok) context.problems.add(target.code, at, target.message, 'INFO');
      }
    }
  }
}
