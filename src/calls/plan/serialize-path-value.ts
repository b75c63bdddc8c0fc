import type { ParameterPlan } from '../../openapi/types.js';
import type { TextEncoder } from './encode-text.js';
import { toWireValue, type WireValue } from './wire-value.js';

type Wire = Pick<ParameterPlan, 'name' | 'style' | 'explode'>;

/** Delimiters of the styles that Swagger 2.0 allows in paths and headers too. */
const delimiters: Partial<Record<ParameterPlan['style'], string>> = {
  spaceDelimited: ' ',
  pipeDelimited: '|',
  tabDelimited: '\t',
};

/**
 * A value for a path or a header: `simple`, `label` and `matrix` (RFC 6570 sections 3.2.2, 3.2.5, 3.2.7) and the 2.0
 * collection formats. The empty string where there is nothing to send.
 */
export function serializePathValue(value: unknown, wire: Wire, encoder: TextEncoder): string {
  const found = toWireValue(value, wire);
  if (found.kind === 'nothing') return '';
  if (wire.style === 'label') return label(found, wire.explode, encoder);
  if (wire.style === 'matrix') return matrix(found, wire, encoder);
  return joined(found, delimiters[wire.style] ?? ',', wire.explode, encoder);
}

function joined(
  value: WireValue,
  delimiter: string,
  explode: boolean,
  encoder: TextEncoder,
): string {
  if (value.kind === 'text') return encoder.text(value.text);
  const between = encoder.delimiter(delimiter);
  if (value.kind === 'list') {
    return value.items.map((item) => encoder.item(item, delimiter)).join(between);
  }
  if (value.kind === 'nothing') return '';
  if (explode) for (const [key] of value.entries) encoder.item(key, '=');
  const pairs = value.entries.map((pair) => pair.map((text) => encoder.item(text, delimiter)));
  return pairs.map((pair) => pair.join(explode ? '=' : between)).join(between);
}

function label(value: WireValue, explode: boolean, encoder: TextEncoder): string {
  return `.${joined(value, explode ? '.' : ',', explode, encoder)}`;
}

function matrix(value: WireValue, { name, explode }: Wire, encoder: TextEncoder): string {
  const pair = (key: string, text: string) =>
    text === '' ? `;${encoder.name(key)}` : `;${encoder.name(key)}=${text}`;
  if (explode && value.kind === 'list') {
    return value.items.map((item) => pair(name, encoder.text(item))).join('');
  }
  if (explode && value.kind === 'map') {
    return value.entries.map(([key, text]) => pair(key, encoder.text(text))).join('');
  }
  return pair(name, joined(value, ',', false, encoder));
}
