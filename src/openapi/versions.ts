import { describeValue, getOwn, isObject, type RawObject } from './plain-objects.js';
import type { ProblemCode } from './problem-codes.js';

/** Which rules apply. */
export type Dialect = '2.0' | '3.0' | '3.1' | '3.2';

export type DetectedVersion =
  | { ok: true; dialect: Dialect; specVersion: string; document: RawObject; unusual: boolean }
  | { ok: false; code: ProblemCode; specVersion: string | null; pointer: string; message: string };

/** Tells what a document is by its content: `swagger: 2.0`, or `openapi: 3.0` to `3.2`. */
export function detectVersion(document: unknown): DetectedVersion {
  if (!isObject(document)) return notASpec(whatInstead(document));
  const openapi = getOwn(document, 'openapi');
  if (openapi !== undefined) return openApiVersion(document, openapi);
  const swagger = getOwn(document, 'swagger');
  if (swagger !== undefined) return swaggerVersion(document, swagger);
  return notASpec(
    `The document has neither "openapi" nor "swagger" at its root${guessKind(document)}; expected "openapi": "3.1.0" or "swagger": "2.0".`,
  );
}

function openApiVersion(document: RawObject, value: unknown): DetectedVersion {
  const specVersion = versionText(value);
  const match = specVersion === null ? null : /^3\.([0-2])(\.\d+)?(.*)$/.exec(specVersion);
  if (!specVersion || !match || /^\d/.test(match[3] ?? '')) {
    return unsupported('/openapi', value, specVersion);
  }
  const dialect = `3.${match[1]}` as Dialect;
  return { ok: true, dialect, specVersion, document, unusual: match[3] !== '' };
}

function swaggerVersion(document: RawObject, value: unknown): DetectedVersion {
  const specVersion = versionText(value);
  if (specVersion !== '2.0' && specVersion !== '2') {
    return unsupported('/swagger', value, specVersion);
  }
  return { ok: true, dialect: '2.0', specVersion: '2.0', document, unusual: false };
}

// YAML reads an unquoted 3.1 as a number, and 3.0 as 3.
function versionText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0` : String(value);
  return typeof value === 'string' ? value.trim() : null;
}

function unsupported(pointer: string, value: unknown, specVersion: string | null): DetectedVersion {
  return {
    ok: false,
    code: 'UNSUPPORTED_VERSION',
    specVersion,
    pointer,
    message: `The version is ${describeValue(value)}; supported are Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2.`,
  };
}

function notASpec(message: string): DetectedVersion {
  return { ok: false, code: 'NOT_A_SPEC', specVersion: null, pointer: '', message };
}

function whatInstead(document: unknown): string {
  const expected = 'expected an OpenAPI or Swagger document as a JSON or YAML object.';
  if (typeof document === 'string' && /^\s*<(!doctype|html|\?xml)/i.test(document)) {
    return `This is a web page, not a specification; ${expected}`;
  }
  if (document === undefined || document === null) return `The document is empty; ${expected}`;
  return `The document is ${describeValue(document)}; ${expected}`;
}

function guessKind(document: RawObject): string {
  if (Object.hasOwn(document, 'asyncapi')) return ' (it is an AsyncAPI document)';
  if (Object.hasOwn(document, 'swaggerVersion')) return ' (it is a Swagger 1.x document)';
  if (Object.hasOwn(document, 'item') && Object.hasOwn(document, 'info')) {
    return ' (it looks like a Postman collection)';
  }
  return '';
}
