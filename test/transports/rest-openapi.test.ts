import { Validator } from '@seriousme/openapi-schema-validator';
import type { OperationObject, PathItemObject } from 'openapi3-ts/oas31';
import { afterAll, describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/openapi/parse-spec.js';
import { buildOpenApiDocument } from '../../src/transports/rest/openapi-document.js';
import { openRestApp } from './rest-app.js';
import { servedRoutes } from './served-routes.js';

const document = buildOpenApiDocument();
const rest = await openRestApp();
const ask = rest.caller();
afterAll(() => rest[Symbol.asyncDispose]());

function describedRoutes(): string[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]: [string, PathItemObject]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

function operations(): [string, OperationObject][] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]: [string, PathItemObject]) =>
    Object.entries(item).map(([method, operation]): [string, OperationObject] => [
      `${method} ${path}`,
      operation as OperationObject,
    ]),
  );
}

describe('/tools/openapi.json', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  it('describes every route that is served, and no other', async () => {
    const served = (await servedRoutes())
      .filter((route) => !/^HEAD|^GET \/(openapi\.json|docs)/.test(route))
      .map((route) => route.replace(/:(\w+)/g, '{$1}'));
    expect(describedRoutes().sort()).toEqual(served.sort());
  });

  it('becomes tools without a degradation when we read it ourselves', () => {
    const url = 'http://127.0.0.1:8009/tools/openapi.json';
    const spec = parseSpec({ url, body: JSON.stringify(document) });
    expect(spec.problems).toEqual([]);
    expect(spec.compatibilityScore).toBe(100);
    expect(spec.drafts.map(({ name }) => name).sort()).toEqual(
      operations()
        .map(([, { operationId }]) => operationId)
        .sort(),
    );
    expect(spec.servers).toMatchObject([{ url: 'http://127.0.0.1:8009/tools' }]);
  });

  it('is served without a tenant', async () => {
    const answer = await ask({ url: '/tools/openapi.json', tenant: null });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it.each(operations())('tells of %s what it needs and answers', (_route, operation) => {
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary).toBeTruthy();
    expect(Object.keys(operation.responses ?? {})).not.toEqual([]);
    for (const parameter of operation.parameters ?? [])
      expect(parameter).toHaveProperty('description');
  });

  it('uses every schema that it has', () => {
    const text = JSON.stringify(document);
    for (const name of Object.keys(document.components?.schemas ?? {})) {
      expect(text).toContain(`"#/components/schemas/${name}"`);
    }
  });
});

describe('/tools/docs', () => {
  it('is a page that loads nothing from elsewhere', async () => {
    const page = await ask({ url: '/tools/docs', tenant: null });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.body).not.toMatch(/https?:|="\//);
  });

  it('has every file that the page asks for', async () => {
    const page = await ask({ url: '/tools/docs', tenant: null });
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link);
    expect(links).toHaveLength(5);
    for (const link of links) {
      const { statusCode } = await ask({ url: `/tools/${link}`, tenant: null });
      expect([link, statusCode]).toEqual([link, 200]);
    }
  });

  it('is not sent again to a browser that has it', async () => {
    const url = '/tools/docs/swagger-ui.css';
    const first = await ask({ url });
    const again = await ask({ url, headers: { 'if-none-match': String(first.headers.etag) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it.each(['package.json', '..%2Fpackage.json', '__proto__', 'swagger-ui.js'])(
    'serves no other file: %s',
    async (file) => {
      const { statusCode } = await ask({ url: `/tools/docs/${file}` });
      expect(statusCode).toBe(404);
    },
  );

  it('sends a browser that adds a slash to the page', async () => {
    const { statusCode, headers } = await ask({ url: '/tools/docs/' });
    expect([statusCode, headers.location]).toEqual([308, '../docs']);
  });
});
