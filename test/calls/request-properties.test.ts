import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createArgumentChecker } from '../../src/calls/check-arguments.js';
import { planRequest } from '../../src/calls/plan-request.js';
import { AppError } from '../../src/errors.js';
import type { JsonSchema, ParameterPlan, ParameterStyle } from '../../src/openapi/types.js';
import { aBody, anEndpoint, aParameter } from '../support/callable.js';
import { lostJson, lostLeaves } from '../support/compare-values.js';
import type { ReceivedRequest } from '../support/echo-server.js';
import { readRequest } from '../support/read-request.js';

const origin = 'https://api.test/v1';
const checker = createArgumentChecker();

/** What a server would receive, without sending it: the wire tests show that the two are the same. */
function received(planned: ReturnType<typeof planRequest>): ReceivedRequest {
  const url = new URL(planned.url);
  return {
    method: planned.method,
    target: url.pathname + url.search,
    headers: Object.entries(planned.headers).map(([name, value]) => [name, value.trim()]),
    body: Buffer.from(planned.body ?? []),
  };
}

type Shape = 'text' | 'list' | 'map';
type Row = [in_: ParameterPlan['in'], style: ParameterStyle, explode: boolean, shapes: Shape[]];

const all: Shape[] = ['text', 'list', 'map'];
const rows: Row[] = [
  ['path', 'simple', false, all],
  ['path', 'simple', true, all],
  ['path', 'label', false, all],
  ['path', 'matrix', false, all],
  ['path', 'matrix', true, all],
  ['query', 'form', false, all],
  ['query', 'form', true, all],
  ['query', 'spaceDelimited', false, all],
  ['query', 'pipeDelimited', false, all],
  ['query', 'tabDelimited', false, all],
  ['query', 'deepObject', true, all],
  ['header', 'simple', false, all],
  ['header', 'simple', true, all],
  ['cookie', 'form', false, all],
  ['cookie', 'form', true, all],
  ['cookie', 'cookie', true, all],
];

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 12 }),
  fc.stringMatching(/^[ ,;|&=#?/\\%.+[\]{}$@:'"~\t\r\n]{0,6}$/),
  fc.constantFrom('..', '.', '%2e%2e', 'a/../b', '\0', '', '%26', 'a b', 'ä', '💙'),
);
const leaf = fc.oneof(anyText, fc.integer(), fc.boolean());
const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_=.,]{0,5}$/).filter((name) => name !== 'other');
const valuesOf: Record<Shape, fc.Arbitrary<unknown>> = {
  text: leaf,
  list: fc.array(leaf, { maxLength: 4 }),
  map: fc.dictionary(key, leaf, { maxKeys: 4, noNullPrototype: true }),
};

const schemas: Record<Shape, JsonSchema> = {
  text: { type: ['string', 'integer', 'boolean'] },
  list: { type: 'array' },
  map: { type: 'object' },
};

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** `[""]` in a header or a joined list is the same text as no item at all; so says RFC 6570 for its own lists. */
function isLonelyEmptyText(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && value[0] === '';
}

describe('arguments that fit', () => {
  const cases = rows.flatMap(([where, style, explode, shapes]) =>
    shapes.map((shape) => ({ where, style, explode, shape })),
  );

  it.each(cases)(
    'are read back from the request, or refused: $where, $style, explode $explode, $shape',
    ({ where, style, explode, shape }) => {
      const parameters = [
        aParameter({ name: 'p', in: where, style, explode, required: true }),
        aParameter({ name: 'other' }),
      ];
      const endpoint = anEndpoint({
        path: where === 'path' ? '/a/{p}/b' : '/a/b',
        baseUrl: origin,
        parameters,
        inputSchema: {
          type: 'object',
          properties: { p: schemas[shape], other: { type: 'string' } },
          required: ['p'],
          additionalProperties: false,
        },
      });
      let sent = 0;
      fc.assert(
        fc.property(valuesOf[shape], anyText, (value, other) => {
          const args = checker.check({ ...endpoint, id: `${where} ${shape}` }, { p: value, other });
          let planned: ReturnType<typeof planRequest>;
          try {
            planned = planRequest(endpoint, args);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            expect((error as AppError).details.issues).not.toHaveLength(0);
            return;
          }
          sent += 1;
          expect(new URL(planned.url).origin).toBe('https://api.test');
          expect(new URL(planned.url).href).toBe(planned.url);
          expect(planned.url.split('?')[0]?.split('/')).toHaveLength(where === 'path' ? 7 : 6);
          const { values, leftover } = readRequest(endpoint, received(planned), args);
          expect(leftover).toEqual([]);
          expect(values.get('other')).toBe(other);
          if (isEmpty(value) || isLonelyEmptyText(value)) return;
          expect(lostLeaves(value, values.get('p'))).toEqual([]);
        }),
        { numRuns: 300 },
      );
      expect(sent).toBeGreaterThan(20);
    },
  );

  it('are read back from a JSON body as they were', () => {
    const body = aBody({ mediaType: 'application/json', kind: 'json' });
    const endpoint = anEndpoint({ method: 'POST', baseUrl: origin, body });
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { values } = readRequest(endpoint, received(planRequest(endpoint, { body: value })), {
          body: value,
        });
        expect(lostJson(JSON.parse(JSON.stringify(value)), values.get('body'))).toEqual([]);
      }),
    );
  });

  it.each(['application/x-www-form-urlencoded', 'multipart/form-data'])(
    'are read back from a body of %s',
    (mediaType) => {
      const kind = mediaType.startsWith('multipart') ? 'multipart' : 'form';
      const body = aBody({ mediaType, kind });
      const endpoint = anEndpoint({ method: 'POST', baseUrl: origin, body });
      const text = anyText.filter((given) => given.isWellFormed());
      const member = fc.oneof(text, fc.integer(), fc.array(text, { minLength: 2, maxLength: 3 }));
      const name = anyText.filter((given) => given.isWellFormed() && !/%(22|0[AD0])/i.test(given));
      fc.assert(
        fc.property(fc.dictionary(name, member, { noNullPrototype: true }), (value) => {
          const args = { body: value };
          const planned = planRequest(endpoint, args);
          const { values } = readRequest(endpoint, received(planned), args);
          expect(lostLeaves(value, values.get('body') ?? {})).toEqual([]);
        }),
      );
    },
  );

  it('are read back as bytes from a binary body', () => {
    const body = aBody({ mediaType: 'application/octet-stream', kind: 'binary' });
    const endpoint = anEndpoint({ method: 'POST', baseUrl: origin, body });
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, asUri) => {
        const base64 = Buffer.from(bytes).toString('base64');
        const content = asUri ? `data:application/zip;base64,${base64}` : base64;
        const planned = planRequest(endpoint, { body: content });
        expect(Buffer.from(planned.body ?? [])).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
