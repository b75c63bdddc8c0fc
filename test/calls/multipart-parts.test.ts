import { describe, expect, it } from 'vitest';
import { planRequest } from '../../src/calls/plan-request.js';
import type { BodyVariant } from '../../src/openapi/types.js';
import { aBody, anEndpoint } from '../support/callable.js';

function textOf(variant: Partial<BodyVariant>, value: unknown): string {
  const body = aBody({ mediaType: 'multipart/form-data', kind: 'multipart', ...variant });
  const planned = planRequest(
    anEndpoint({ method: 'POST', body }),
    { body: value },
    { boundary: 'B' },
  );
  return Buffer.from(planned.body ?? []).toString();
}

function typeOf(variant: Partial<BodyVariant>, value: unknown): string | undefined {
  const body = aBody({ mediaType: 'multipart/mixed', kind: 'multipart', ...variant });
  const endpoint = anEndpoint({ method: 'POST', body });
  return planRequest(endpoint, { body: value }, { boundary: 'B' }).headers['content-type'];
}

const file = Buffer.from('one').toString('base64');

describe('a named part', () => {
  it('has the headers that its document fixes, on each item of a list', () => {
    const headers = [
      { name: 'X-Kind', value: ['a', 'b'], explode: false, contentType: null },
      { name: 'X-Meta', value: { a: 'ü' }, explode: false, contentType: 'application/json' },
    ];
    const text = textOf({ encoding: { note: { headers } } }, { note: ['x', 'y'], other: 'z' });
    const part = (content: string) =>
      `--B\r\nContent-Disposition: form-data; name="note"\r\nX-Kind: a,b\r\nX-Meta: {"a":"\\u00fc"}\r\n\r\n${content}\r\n`;
    const other = '--B\r\nContent-Disposition: form-data; name="other"\r\n\r\nz\r\n';
    expect(text).toBe(`${part('x')}${part('y')}${other}--B--\r\n`);
  });

  it('has them on a file and on a field with a style', () => {
    const headers = [{ name: 'X-Kind', value: 7, explode: false, contentType: null }];
    const encoding = {
      file: { headers },
      ids: { headers, style: 'form', explode: false } as const,
    };
    const text = textOf({ encoding, files: ['file'] }, { file, ids: [1, 2] });
    expect(text.match(/X-Kind: 7\r\n/g)).toHaveLength(2);
  });

  it('carries a file as base64 where its document asks for that transfer encoding', () => {
    const headers = [
      { name: 'Content-Transfer-Encoding', value: 'base64', explode: false, contentType: null },
    ];
    const text = textOf(
      { encoding: { file: { headers } }, files: ['file'] },
      { file: 'data:,one' },
    );
    expect(text).toContain(`Content-Transfer-Encoding: base64\r\n\r\n${file}\r\n`);
  });
});

describe('a list as a multipart body', () => {
  const mixed = { mediaType: 'multipart/mixed', kind: 'multipart' } as const;

  it('has one part without a name for each item, encoded by its position', () => {
    const location = { name: 'Content-Location', value: '/a', explode: false, contentType: null };
    const positions = {
      first: [{}, { contentType: 'text/html', headers: [location] }],
      others: { contentType: 'image/*', isFile: true },
    };
    const value = [{ a: 1 }, '<p>', 'data:image/png;name=a%22.png;base64,b25l', file];
    expect(textOf({ ...mixed, positions }, value)).toBe(
      [
        '--B\r\nContent-Type: application/json\r\n\r\n{"a":1}\r\n',
        '--B\r\nContent-Type: text/html\r\nContent-Location: /a\r\n\r\n<p>\r\n',
        '--B\r\nContent-Disposition: attachment; filename="a%22.png"\r\nContent-Type: image/png\r\n\r\none\r\n',
        '--B\r\nContent-Type: application/octet-stream\r\n\r\none\r\n',
        '--B--\r\n',
      ].join(''),
    );
  });

  it('has parts by their defaults where nothing says how', () => {
    expect(textOf(mixed, ['x', 1, [2]])).toBe(
      '--B\r\n\r\nx\r\n--B\r\n\r\n1\r\n--B\r\nContent-Type: application/json\r\n\r\n[2]\r\n--B--\r\n',
    );
  });

  it('has the names of its items as form data, in their order', () => {
    const positions = { first: [{ contentType: 'text/markdown' }], others: {} };
    expect(textOf({ positions }, [{ b: 'x' }, { a: 1 }])).toBe(
      '--B\r\nContent-Disposition: form-data; name="b"\r\nContent-Type: text/markdown\r\n\r\nx\r\n' +
        '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n',
    );
  });

  it('is refused as form data where an item has no name', () => {
    expect(() => textOf({}, ['x'])).toThrow('/body holds an item that is no object');
  });

  it('keeps the parameters of its media type but a boundary', () => {
    const mediaType = 'multipart/related; type="text/html"; boundary=other';
    expect(typeOf({ mediaType }, ['x'])).toBe('multipart/related; type="text/html"; boundary=B');
  });
});
