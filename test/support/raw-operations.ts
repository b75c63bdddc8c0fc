import { existsSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';

type RawObject = Record<string, unknown>;
type At = { value: unknown; file: string };

export type RawParameter = { in: string; name: string };

/** One operation as the document has it, read without the parser under test. */
export type RawOperation = {
  method: string;
  path: string;
  /** True for one of OpenAPI 3.2's `additionalOperations`. */
  isAdditional: boolean;
  parameters: RawParameter[];
  /** Names of the properties of the body, alternatives and parts included, `readOnly` ones left out. */
  bodyFields: string[];
};

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];

/** An independent, plain reading of a document: every operation with its parameters and body fields. */
export function rawOperations(file: string): RawOperation[] {
  const reader = new RawReader();
  const root = reader.open(file);
  if (!isObject(root) || !isObject(root.paths)) return [];
  const isLatest = String(root.openapi).startsWith('3.2');
  return Object.entries(root.paths).flatMap(([path, raw]) => {
    if (path.startsWith('x-')) return [];
    const item = reader.follow({ value: raw, file });
    if (!isObject(item.value)) return [];
    const additional = isLatest && isObject(item.value.additionalOperations);
    const named = methods
      .filter((method) => method !== 'query' || isLatest)
      .map((method) => [method, (item.value as RawObject)[method]] as const);
    const others = additional ? Object.entries(item.value.additionalOperations as RawObject) : [];
    return [...named, ...others]
      .filter(([, operation]) => isObject(operation))
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        isAdditional: !methods.includes(method),
        ...reader.operation(item, { value: operation, file: item.file }),
      }));
  });
}

class RawReader {
  readonly #files = new Map<string, unknown>();

  open(file: string): unknown {
    if (!this.#files.has(file)) {
      this.#files.set(file, existsSync(file) ? readPlain(file) : undefined);
    }
    return this.#files.get(file);
  }

  follow(at: At, hops = 0): At {
    const { value, file } = at;
    if (!isObject(value) || typeof value.$ref !== 'string' || hops > 50) return at;
    const [address = '', fragment = ''] = value.$ref.split('#');
    const target = address === '' ? file : new URL(address, `file://${file}`).pathname;
    let found: unknown = this.open(target);
    for (const token of fragment.split('/').slice(1)) {
      const key = decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
      const holder = this.follow({ value: found, file: target }).value;
      found = isObject(holder) || Array.isArray(holder) ? (holder as RawObject)[key] : undefined;
    }
    return this.follow({ value: found, file: target }, hops + 1);
  }

  operation(item: At, operation: At): Pick<RawOperation, 'parameters' | 'bodyFields'> {
    const merged = new Map<string, { raw: RawObject; file: string }>();
    for (const { value, file } of [item, operation]) {
      const list = isObject(value) ? value.parameters : [];
      for (const entry of Array.isArray(list) ? list : []) {
        const found = this.follow({ value: entry, file });
        if (!isObject(found.value)) continue;
        const key = `${String(found.value.in)} ${String(found.value.name)}`;
        merged.set(key, { raw: found.value, file: found.file });
      }
    }
    const raw = operation.value as RawObject;
    const fields = new Set<string>();
    for (const parameter of merged.values()) {
      if (parameter.raw.in !== 'body') continue;
      this.#fields({ value: parameter.raw.schema, file: parameter.file }, fields);
    }
    const body = this.follow({ value: raw.requestBody, file: operation.file });
    const content = isObject(body.value) && isObject(body.value.content) ? body.value.content : {};
    for (const [type, media] of Object.entries(content)) {
      if (type.includes('xml') || !isObject(media)) continue;
      this.#fields({ value: media.schema, file: body.file }, fields);
    }
    const parameters = [...merged.values()].map(({ raw: parameter }) => ({
      in: String(parameter.in),
      name: String(parameter.name),
    }));
    return { parameters, bodyFields: [...fields] };
  }

  #fields(at: At, names: Set<string>, seen = new Set<unknown>()): void {
    const { value, file } = this.follow(at);
    if (!isObject(value) || seen.has(value)) return;
    seen.add(value);
    for (const [name, property] of Object.entries(
      isObject(value.properties) ? value.properties : {},
    )) {
      const target = this.follow({ value: property, file }).value;
      const isReadOnly = [property, target].some(
        (item) => isObject(item) && item.readOnly === true,
      );
      if (!isReadOnly) names.add(name);
    }
    for (const list of [value.allOf, value.anyOf, value.oneOf]) {
      if (Array.isArray(list))
        for (const part of list) this.#fields({ value: part, file }, names, seen);
    }
  }
}

function readPlain(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    try {
      return load(text, { json: true });
    } catch {
      return undefined;
    }
  }
}

function isObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
