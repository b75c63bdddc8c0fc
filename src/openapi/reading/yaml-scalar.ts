const integer = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const decimal = /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;

export type Scalar = string | number | boolean | null;

/**
 * The value of a plain scalar under the core schema (YAML 1.2 section 10.3.2). Dates, `yes`, `on` and numbers that JSON
 * cannot carry (`.inf`, `.nan`, out of range) stay text.
 */
export function resolvePlain(source: string): Scalar {
  const first = source.charCodeAt(0);
  if (first > 126 || (first > 57 && first < 70)) return source;
  switch (source) {
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
  }
  const canBeNumber = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  return canBeNumber ? (resolveNumber(source) ?? source) : source;
}

/** The value of a scalar with an explicit core tag; null where the tag is none of the core schema or does not fit. */
export function resolveTagged(tag: string, source: string): { value: Scalar } | null {
  switch (tag) {
    case '!':
    case 'tag:yaml.org,2002:str':
    case 'tag:yaml.org,2002:binary':
    case 'tag:yaml.org,2002:timestamp':
      return { value: source };
    case 'tag:yaml.org,2002:int':
    case 'tag:yaml.org,2002:float':
      return fitting(resolveNumber(source));
    case 'tag:yaml.org,2002:bool':
      return fitting(resolveBoolean(source));
    case 'tag:yaml.org,2002:null':
      return resolvePlain(source) === null ? { value: null } : null;
    default:
      return null;
  }
}

/** Tags of collections that change nothing of what is read. */
export const knownCollectionTags: ReadonlySet<string> = new Set(
  ['map', 'seq', 'omap', 'set', 'pairs'].map((name) => `tag:yaml.org,2002:${name}`),
);

function fitting(value: Scalar | undefined): { value: Scalar } | null {
  return value === undefined ? null : { value };
}

function resolveBoolean(source: string): boolean | undefined {
  const value = resolvePlain(source);
  return typeof value === 'boolean' ? value : undefined;
}

function resolveNumber(source: string): number | undefined {
  if (!integer.test(source) && !decimal.test(source)) return undefined;
  const value = Number(source);
  return Number.isFinite(value) ? value : undefined;
}
