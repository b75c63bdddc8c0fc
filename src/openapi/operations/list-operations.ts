import { childPointer } from '../json-pointer.js';
import { describeValue, getOwn, isObject, type RawObject } from '../plain-objects.js';
import { pointerOf } from '../problem-log.js';
import { followReference } from '../references/follow-reference.js';
import type { Place } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';
import type { SkippedOperation } from '../types.js';

/** An operation as it stands in the document, with its path item. */
export type OperationSource = {
  /** Upper case. */
  method: string;
  path: string;
  raw: RawObject;
  place: Place;
  /** A member of the path item and where it stands: a `$ref`'d path item may have members of its own. */
  shared(member: string): { value: unknown; place: Place };
};

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

/** Every operation under `paths`, in document order; what is not an operation ends up in `skipped` or as a problem. */
export function listOperations(
  context: SpecContext,
  paths: RawObject,
): { operations: OperationSource[]; skipped: SkippedOperation[] } {
  const operations: OperationSource[] = [];
  const skipped: SkippedOperation[] = [];
  for (const path of Object.keys(paths)) {
    if (path.startsWith('x-')) continue;
    const place = { file: context.files.root, pointer: childPointer('/paths', path) };
    const item = readPathItem(context, paths[path], place);
    if (!item) continue;
    if (!path.startsWith('/')) {
      const message = `The path "${path}" does not start with a slash.`;
      context.problems.add('PATH_NOT_ABSOLUTE', place, message);
    }
    const taken = new Set<string>();
    for (const found of operationsOf(context, item)) {
      const { raw } = found;
      const at = { method: found.method, path, place: found.place };
      if (!isObject(raw)) {
        const message = `The operation is ${describeValue(raw)}; expected an object.`;
        skipped.push(skip(context, at, 'INVALID_OPERATION', message));
      } else if (taken.has(found.method)) {
        const message = `${found.method} ${path} is declared twice.`;
        skipped.push(skip(context, at, 'DUPLICATE_METHOD', message));
      } else {
        taken.add(found.method);
        operations.push({ ...at, raw, shared: item.shared });
      }
    }
  }
  const { maxOperations } = context.limits;
  for (const beyond of operations.splice(maxOperations)) {
    const message = `Only the first ${maxOperations} operations of a document become tools.`;
    skipped.push(skip(context, beyond, 'LIMIT_EXCEEDED', message));
  }
  return { operations, skipped };
}

/** Records an operation that does not become a tool, as a problem too. */
export function skip(
  context: SpecContext,
  operation: { method: string; path: string; place: Place },
  reason: 'INVALID_OPERATION' | 'DUPLICATE_METHOD' | 'LIMIT_EXCEEDED' | 'INTERNAL',
  message: string,
): SkippedOperation {
  const { method, path, place } = operation;
  context.problems.add(reason, place, message);
  return { method, path, reason, message, pointer: pointerOf(place) };
}

type PathItem = Pick<OperationSource, 'shared'> & { members: string[] };

function readPathItem(context: SpecContext, raw: unknown, place: Place): PathItem | null {
  const followed = followReference(context, raw, place, 'pathItems');
  if (!followed) return null;
  const { value, place: target } = followed;
  if (!isObject(value)) {
    const message = `The path item is ${describeValue(value)}; expected an object.`;
    context.problems.add('INVALID_PATH_ITEM', target, message);
    return null;
  }
  const own = isObject(raw) && raw !== value ? raw : {};
  const members = [...new Set([...Object.keys(value), ...Object.keys(own)])];
  const shared: PathItem['shared'] = (member) => {
    const isOwn = Object.hasOwn(own, member);
    const holder = isOwn ? place : target;
    return {
      value: getOwn(isOwn ? own : value, member),
      place: { file: holder.file, pointer: childPointer(holder.pointer, member) },
    };
  };
  return { members, shared };
}

type FoundOperation = { method: string; raw: unknown; place: Place };

function operationsOf(context: SpecContext, item: PathItem): FoundOperation[] {
  const found: FoundOperation[] = [];
  const isLatest = context.dialect === '3.2';
  for (const member of item.members) {
    if (!methods.has(member) && !(isLatest && member === 'query')) continue;
    const { value, place } = item.shared(member);
    found.push({ method: member.toUpperCase(), raw: value, place });
  }
  if (!isLatest || !item.members.includes('additionalOperations')) return found;
  const { value, place } = item.shared('additionalOperations');
  if (!isObject(value)) {
    const message = `"additionalOperations" is ${describeValue(value)}; expected an object.`;
    context.problems.add('INVALID_PATH_ITEM', place, message);
    return found;
  }
  for (const [method, raw] of Object.entries(value)) {
    const at = { file: place.file, pointer: childPointer(place.pointer, method) };
    found.push({ method: method.toUpperCase(), raw, place: at });
  }
  return found;
}
