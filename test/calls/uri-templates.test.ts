import { describe, expect, it } from 'vitest';
import { queryEncoder } from '../../src/calls/plan/encode-text.js';
import { serializePathValue } from '../../src/calls/plan/serialize-path-value.js';
import { serializeQueryValue } from '../../src/calls/plan/serialize-query-value.js';
import fixture from '../fixtures/uri-templates/expansions.json' with { type: 'json' };

const styles = { '': 'simple', '.': 'label', ';': 'matrix', '?': 'form' } as const;
type Operator = keyof typeof styles;

const values: Record<string, unknown> = fixture.variables;

/** Expands the expressions of a URI template with the serializers that parameters are sent with. */
function expandTemplate(template: string): string {
  return template.replace(/\{([.;?]?)([^{}]+)\}/g, (_, operator: Operator, names: string) => {
    const expanded = names.split(',').flatMap((name) => expandVariable(operator, name));
    if (operator === '?') return expanded.length === 0 ? '' : `?${expanded.join('&')}`;
    return expanded.join(operator === '' ? ',' : '');
  });
}

function expandVariable(operator: Operator, text: string): string[] {
  const name = text.replace(/\*$/, '');
  const value = values[name];
  const wire = { name, style: styles[operator], explode: text.endsWith('*') };
  if (operator === '?') {
    return serializeQueryValue(value, wire, queryEncoder).map((pair) => pair.join('='));
  }
  const isUndefined = value === null || value === undefined;
  return isUndefined ? [] : [serializePathValue(value, wire, queryEncoder)];
}

describe.each(Object.entries(fixture.expansions))('%s expansion (RFC 6570)', (_, cases) => {
  it.each(cases)('%s becomes %s', (template = '', expected = '') => {
    expect(expandTemplate(template)).toBe(expected);
  });
});
