import { childPointer } from '../json-pointer.js';
import { describeValue, isObject, type RawObject, setOwn, stringsOf } from '../plain-objects.js';
import { followReference } from '../references/follow-reference.js';
import type { Place } from '../references/spec-file.js';
import type { SpecContext } from '../spec-context.js';

export type SecuritySchemes = Record<string, Record<string, unknown>>;
export type SecurityRequirements = Record<string, string[]>[];

const types = new Set(['apiKey', 'http', 'oauth2', 'openIdConnect', 'mutualTLS']);
const swaggerFlows: Record<string, string> = {
  implicit: 'implicit',
  password: 'password',
  application: 'clientCredentials',
  accessCode: 'authorizationCode',
};

/** The security schemes of the document as OpenAPI 3 Security Scheme Objects, by name. */
export function readSecuritySchemes(context: SpecContext, document: RawObject): SecuritySchemes {
  const isSwagger = context.dialect === '2.0';
  const components = isObject(document.components) ? document.components : {};
  const raw = isSwagger ? document.securityDefinitions : components.securitySchemes;
  const pointer = isSwagger ? '/securityDefinitions' : '/components/securitySchemes';
  const schemes: SecuritySchemes = {};
  if (!isObject(raw)) return schemes;
  for (const [name, value] of Object.entries(raw)) {
    const at = { file: context.files.root, pointer: childPointer(pointer, name) };
    const followed = followReference(context, value, at, 'securitySchemes');
    if (!followed) continue;
    const scheme =
      isObject(followed.value) && isSwagger ? convertSwagger(followed.value) : followed.value;
    if (!isObject(scheme) || typeof scheme.type !== 'string' || !types.has(scheme.type)) {
      const found = isObject(scheme)
        ? `"type" is ${describeValue(scheme.type)}`
        : `it is ${describeValue(scheme)}`;
      const message = `The security scheme "${name}" cannot be used: ${found}; expected ${[...types].join(', ')}.`;
      context.problems.add('INVALID_SECURITY', followed.place, message);
      continue;
    }
    setOwn(schemes, name, scheme);
  }
  return schemes;
}

function convertSwagger(raw: RawObject): RawObject {
  const notes = raw.description === undefined ? {} : { description: raw.description };
  if (raw.type === 'basic') return { type: 'http', scheme: 'basic', ...notes };
  if (raw.type !== 'oauth2') return raw;
  const flow = swaggerFlows[String(raw.flow)];
  const { authorizationUrl, tokenUrl, scopes = {} } = raw;
  const addresses = {
    ...(authorizationUrl !== undefined && { authorizationUrl }),
    ...(tokenUrl !== undefined && { tokenUrl }),
  };
  return { type: 'oauth2', flows: flow ? { [flow]: { ...addresses, scopes } } : {}, ...notes };
}

/**
 * Requirements of an operation or of the document: alternatives of schemes that are needed together. Null where nothing is
 * said. A requirement that names an unknown scheme is kept, with a problem.
 */
export function readSecurity(
  context: SpecContext,
  raw: unknown,
  place: Place,
  schemes: SecuritySchemes,
): SecurityRequirements | null {
  if (raw === undefined || raw === null) return null;
  if (!Array.isArray(raw)) {
    const message = `"security" is ${describeValue(raw)}; expected a list.`;
    context.problems.add('INVALID_SECURITY', place, message);
    return null;
  }
  const requirements: SecurityRequirements = [];
  for (const [index, item] of raw.entries()) {
    const at = { file: place.file, pointer: childPointer(place.pointer, index) };
    if (!isObject(item)) {
      const message = `The security requirement is ${describeValue(item)}; expected an object.`;
      context.problems.add('INVALID_SECURITY', at, message);
      continue;
    }
    const requirement: Record<string, string[]> = {};
    for (const [name, scopes] of Object.entries(item)) {
      setOwn(requirement, name, stringsOf(scopes));
      if (Object.hasOwn(schemes, name)) continue;
      const message = `The security scheme "${name}" is not declared.`;
      const where = { file: at.file, pointer: childPointer(at.pointer, name) };
      context.problems.add('UNKNOWN_SECURITY_SCHEME', where, message);
    }
    requirements.push(requirement);
  }
  return requirements;
}
