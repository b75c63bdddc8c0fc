import { describe, expect, it } from 'vitest';
import { queryEncoder, reservedQueryEncoder } from '../../src/calls/plan/encode-text.js';
import { serializePathValue } from '../../src/calls/plan/serialize-path-value.js';
import { serializeQueryValue } from '../../src/calls/plan/serialize-query-value.js';
import { planRequest } from '../../src/calls/plan-request.js';
import fixture from '../fixtures/uri-templates/expansions.json' with { type: 'json' };
import extended from '../fixtures/uri-templates/extended.json' with { type: 'json' };
import refused from '../fixtures/uri-templates/refused.json' with { type: 'json' };
import { anEndpoint, aParameter } from '../support/callable.js';

const styles = { '': 'simple', '+': 'simple', '/': 'simple', '.': 'label', ';': 'matrix' } as const;
type PathOperator = keyof typeof styles;

const expression = /\{([+./;?&#]?)([^{}]+)\}/g;

type Variables = Record<string, unknown>;

/** Expands the expressions of a URI template with the serializers that parameters are sent with. */
function expandTemplate(template: string, variables: Variables): string {
  return template.replace(expression, (_, operator: string, names: string) => {
    const all = names.split(',');
    if (operator === '?' || operator === '&') {
      const pairs = all.flatMap((name) => expandPairs(name, variables));
      return pairs.length === 0 ? '' : `${operator}${pairs.join('&')}`;
    }
    const texts = all.flatMap((name) => expandValue(operator as PathOperator, name, variables));
    if (operator === '/') return texts.map((text) => `/${text}`).join('');
    return texts.join(operator === '' || operator === '+' ? ',' : '');
  });
}

function expandPairs(text: string, variables: Variables): string[] {
  const name = text.replace(/\*$/, '');
  const wire = { name, style: 'form', explode: text.endsWith('*') } as const;
  return serializeQueryValue(variables[name], wire, queryEncoder).map((pair) => pair.join('='));
}

function expandValue(operator: PathOperator, text: string, variables: Variables): string[] {
  const name = text.replace(/\*$/, '');
  const value = variables[name];
  const wire = { name, style: styles[operator], explode: text.endsWith('*') };
  const encoder = operator === '+' ? reservedQueryEncoder : queryEncoder;
  if (value === null || value === undefined) return [];
  return [serializePathValue(value, wire, encoder)];
}

/** What OpenAPI has no counterpart of; null where it has one. */
function withoutCounterpart(template: string, variables: Variables): string | null {
  for (const [, operator, names = ''] of template.matchAll(expression)) {
    if (operator === '#') return 'OpenAPI sends no fragments';
    const isStructured = names
      .split(',')
      .some((name) => typeof variables[name.replace(/\*$/, '')] === 'object');
    if (operator === '/' && isStructured) return 'a path of OpenAPI has a fixed number of segments';
  }
  return null;
}

describe.each(Object.entries(fixture.expansions))('%s expansion (RFC 6570)', (_, cases) => {
  it.each(cases)('%s becomes %s', (template = '', expected = '') => {
    expect(expandTemplate(template, fixture.variables)).toBe(expected);
  });
});

describe.each(extended.groups)('$name (uritemplate-test)', ({ variables, expansions }) => {
  for (const [template = '', expected = ''] of expansions) {
    const reason = withoutCounterpart(template, variables);
    if (reason) it.skip(`${template} is not for parameters: ${reason}`);
    else {
      it(`${template} becomes ${expected}`, () => {
        expect(expandTemplate(template, variables)).toBe(expected);
      });
    }
  }
});

describe('a template that RFC 6570 refuses (uritemplate-test)', () => {
  const values = {
    id: 'thing',
    var: 'value',
    hello: 'Hello World!',
    empty: '',
    path: '/foo/bar',
    x: '1024',
    y: '768',
    list: ['red', 'green', 'blue'],
    keys: { semi: ';', dot: '.', comma: ',' },
    example: 'red',
    searchTerms: 'uri templates',
    '~thing': 'some-user',
    'default-graph-uri': ['http://www.example/book/', 'http://www.example/papers/'],
    query: 'SELECT ?book ?who',
  };

  function urlOf(path: string): string {
    const inPath = new Set([...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name));
    const parameters = Object.keys(values).map((name) =>
      aParameter({ name, in: inPath.has(name) ? 'path' : 'header', argument: name }),
    );
    const used = parameters.filter(({ in: where }) => where === 'path');
    return planRequest(anEndpoint({ path, parameters: used }), values).url;
  }

  it.each(refused.unfilled)('%s is not asked for: no argument fills it', (path) => {
    const unfilled = expect.stringContaining('that no argument fills');
    expect(() => urlOf(path)).toThrow(
      expect.objectContaining({ code: 'NOT_CONFIGURED', message: unfilled }),
    );
  });

  it.each(refused.meaningful)(
    '%s is asked for as %s: in OpenAPI %s',
    (path = '', expected = '') => {
      expect(urlOf(path)).toBe(`https://api.test/v1${expected}`);
    },
  );
});
