import { isObject } from '../../openapi/plain-objects.js';
import type { ParameterPlan, ParameterStyle } from '../../openapi/types.js';
import type { TextEncoder } from './encode-text.js';
import { refuse } from './request-issues.js';
import { isPresent, toWireText, toWireValue } from './wire-value.js';

type Wire = Pick<ParameterPlan, 'name' | 'style' | 'explode'>;

/** A name and a value, encoded. */
export type WirePair = [name: string, value: string];

const delimiters: Partial<Record<ParameterStyle, string>> = {
  spaceDelimited: ' ',
  pipeDelimited: '|',
  tabDelimited: '\t',
};

/**
 * A value as name-value pairs, for a query, a form or cookies: `form` (RFC 6570 section 3.2.8), `cookie`,
 * `spaceDelimited`, `pipeDelimited`, the 2.0 `tsv`, and `deepObject`. None where there is nothing to send.
 */
export function serializeQueryValue(value: unknown, wire: Wire, encoder: TextEncoder): WirePair[] {
  const { name, style, explode } = wire;
  if (style === 'deepObject' && typeof value === 'object') return deepPairs(value, name, encoder);
  const found = toWireValue(value, wire);
  const key = encoder.name(name);
  if (found.kind === 'nothing') return [];
  if (found.kind === 'text') return [[key, encoder.text(found.text)]];
  if (explode && found.kind === 'list') {
    return found.items.map((item) => [key, encoder.text(item)]);
  }
  if (explode && found.kind === 'map') {
    return found.entries.map(([member, text]) => [encoder.name(member), encoder.text(text)]);
  }
  const delimiter = delimiters[style] ?? ',';
  const items = found.kind === 'list' ? found.items : found.entries.flat();
  const encoded = items.map((item) => encoder.item(item, delimiter));
  return [[key, encoded.join(encoder.delimiter(delimiter))]];
}

/**
 * `deepObject`. OpenAPI defines it for scalar members only. Beyond that it is written as qs, Rack and PHP all read it:
 * objects inside nest their brackets (`a[b][c]=1`), items of a list of scalars have empty ones (`a[b][]=1&a[b][]=2`),
 * and those of a list that holds objects or lists have their index (`a[0][b]=1`), since they could not be told apart.
 */
function deepPairs(value: unknown, name: string, encoder: TextEncoder): WirePair[] {
  const pairs: WirePair[] = [];
  const add = (path: string, member: unknown) => {
    if (!isPresent(member)) return;
    if (Array.isArray(member)) {
      const items = member.filter(isPresent);
      const isIndexed = items.some((item) => typeof item === 'object');
      const repeated = path.endsWith('[]') ? path : `${path}[]`;
      for (const [index, item] of items.entries()) {
        add(isIndexed ? `${path}[${index}]` : repeated, item);
      }
    } else if (isObject(member)) {
      for (const [key, inner] of Object.entries(member)) add(`${path}[${bracketed(key)}]`, inner);
    } else {
      pairs.push([encoder.name(path), encoder.text(toWireText(member))]);
    }
  };
  add(name, value);
  return pairs;
}

function bracketed(key: string): string {
  if (!/[[\]]/.test(key)) return key;
  return refuse(
    'invalid_member',
    `has a member ${JSON.stringify(key)}; brackets in its name would nest it.`,
  );
}
