/** An argument that is told in a header too. `path` leads to it through the arguments. */
export type ParamHeader = { path: string[]; header: string };

export type ReadParamHeaders = { headers: ParamHeader[]; problem: string | null };

type Scan = ReadParamHeaders & { seen: Set<string> };

/** Keywords under which a schema describes something other than an argument with a fixed place. */
const elsewhere = [
  'items',
  'prefixItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'patternProperties',
  'dependentSchemas',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
  '$defs',
  'definitions',
];

const maxDepth = 100;

const mapsOfSchemas = new Set(['patternProperties', 'dependentSchemas', '$defs', 'definitions']);

/**
 * The arguments that a tool's schema wants in headers by `x-mcp-header` (revision 2026-07-28, SEP-2243). `problem` is a
 * sentence where one stands where it may not, in which case a client must leave the tool out.
 */
export function readParamHeaders(inputSchema: Record<string, unknown>): ReadParamHeaders {
  const scan: Scan = { headers: [], problem: null, seen: new Set() };
  visit(inputSchema, [], true, scan);
  return { headers: scan.headers, problem: scan.problem };
}

/** The headers of one call. An argument that is absent, null or no plain value has none. */
export function toParamHeaders(
  headers: readonly ParamHeader[],
  args: Record<string, unknown>,
): Record<string, string> {
  const out: Record<string, string> = {};
  for (const { path, header } of headers) {
    const text = toText(path.reduce<unknown>(memberOf, args));
    if (text !== null) out[`Mcp-Param-${header}`] = toFieldValue(text);
  }
  return out;
}

function visit(schema: unknown, path: string[], hasPlace: boolean, scan: Scan): void {
  if (!isObject(schema) || scan.problem !== null) return;
  if (path.length > maxDepth) {
    scan.problem = `Its input schema is nested more than ${maxDepth} deep.`;
    return;
  }
  if ('x-mcp-header' in schema) {
    scan.problem = problemOf(schema, path, hasPlace, scan);
    if (scan.problem !== null) return;
    const header = String(schema['x-mcp-header']);
    scan.seen.add(header.toLowerCase());
    scan.headers.push({ path, header });
  }
  if (isObject(schema.properties)) {
    for (const [name, child] of Object.entries(schema.properties)) {
      visit(child, [...path, name], hasPlace, scan);
    }
  }
  for (const keyword of elsewhere) {
    for (const child of schemasUnder(keyword, schema[keyword])) {
      visit(child, [...path, keyword], false, scan);
    }
  }
}

function schemasUnder(keyword: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return mapsOfSchemas.has(keyword) && isObject(value) ? Object.values(value) : [value];
}

function problemOf(
  schema: Record<string, unknown>,
  path: string[],
  hasPlace: boolean,
  { seen }: Scan,
): string | null {
  const where = `x-mcp-header at "${path.join('.')}"`;
  const header = schema['x-mcp-header'];
  if (!hasPlace || path.length === 0) return `${where} is not on a property with a fixed place.`;
  if (typeof header !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(header)) {
    return `${where} is no header name.`;
  }
  if (!['string', 'integer', 'boolean'].includes(String(schema.type))) {
    return `${where} is on a property that is no string, integer or boolean.`;
  }
  return seen.has(header.toLowerCase()) ? `${where} names a header that another one names.` : null;
}

/** Plain visible ASCII goes as it is; anything else, and what looks encoded, is encoded. */
function toFieldValue(text: string): string {
  const isPlain = /^[\x20-\x7e\t]*$/.test(text) && text === text.trim();
  if (isPlain && text !== '' && !/^=\?base64\?.*\?=$/.test(text)) return text;
  return `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

function toText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? null : String(value);
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
