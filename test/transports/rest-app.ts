import { randomUUID } from 'node:crypto';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { buildOpenApiDocument } from '../../src/transports/rest/openapi-document.js';
import { aTestApp, type TestAppOptions } from '../support/test-app.js';

export type AskOptions = InjectOptions & {
  url: string;
  tenant?: string | null;
  appId?: string | null;
  apiId?: string;
};

export type Ask = (options: AskOptions) => Promise<LightMyRequestResponse>;

/**
 * The application with REST callers. Every JSON answer is compared with what `/tools/openapi.json` says of it: an undescribed status, a
 * missing key or one too many fails the test.
 */
export async function openRestApp(options: TestAppOptions = {}) {
  const app = await aTestApp(options);
  /** A caller of a tenant of its own, unless told otherwise. */
  const caller =
    (own = `tenant-${randomUUID()}`): Ask =>
    async ({ tenant = own, appId = 'shop', apiId, headers, ...rest }) => {
      const answer = await app.server.inject({
        ...rest,
        headers: {
          ...(tenant === null ? {} : { 'x-tenantid': tenant }),
          ...(appId === null ? {} : { 'x-appid': appId }),
          ...(apiId === undefined ? {} : { 'x-apiid': apiId }),
          ...headers,
        },
      });
      assertDescribed(rest.method ?? 'GET', rest.url, answer.statusCode, answer.body);
      return answer;
    };
  return { app, caller, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

/** Posts a document and gives the answer of the sync. */
export async function sync(ask: Ask, document: unknown, settings: object = {}) {
  const payload = { swagger_json: document, ...settings };
  const answer = await ask({ method: 'POST', url: '/tools/sync-swagger', payload });
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json<{ api_id: string; outcome: string; content_hash: string; revision: string }>();
}

/** Syncs a document and gives the API's id and its endpoints' ids in order. */
export async function syncedApi(ask: Ask, document: unknown) {
  const { api_id: apiId } = await sync(ask, document);
  const listed = await ask({ url: '/tools/api/endpoints', apiId });
  return { apiId, endpointIds: listed.json<{ id: string }[]>().map(({ id }) => id) };
}

/** `multipart/form-data` as a browser sends it. */
export async function formOf(parts: Record<string, string | Blob>) {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  const encoded = new Response(form);
  return {
    payload: Buffer.from(await encoded.arrayBuffer()),
    headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
  };
}

type Node = Record<string, unknown>;
type Responses = Record<string, { content?: Record<string, { schema: Node }> }>;

const document = JSON.parse(JSON.stringify(buildOpenApiDocument())) as {
  paths: Record<string, Record<string, { responses: Responses }>>;
  components: Node;
};
const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema(closed({ components: document.components }) as Node, 'document');
const validators = new Map<string, ValidateFunction>();

function assertDescribed(method: string, url: string, status: number, body: string): void {
  const path = url.split('?')[0]?.replace(/^\/tools/, '') ?? '';
  const operation = findPath(path)?.[method.toLowerCase()];
  if (!operation || status === 415) return;
  const response = operation.responses[status];
  if (!response) throw new Error(`${method} ${path} answered ${status}, which is not described.`);
  const schema = response.content?.['application/json']?.schema;
  if (!schema) return;
  const key = JSON.stringify(schema);
  const validate = validators.get(key) ?? ajv.compile(closed(absolute(schema)) as Node);
  validators.set(key, validate);
  if (!validate(JSON.parse(body))) {
    const found = JSON.stringify(validate.errors?.slice(0, 3));
    throw new Error(
      `${method} ${path} answered ${status} with another body than described: ${found}`,
    );
  }
}

/** Fixed segments win over parameters. */
function findPath(path: string) {
  const matching = Object.keys(document.paths).filter((template) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  const [best] = matching.sort((a, b) => a.split('{').length - b.split('{').length);
  return best === undefined ? undefined : document.paths[best];
}

function absolute(schema: Node): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
}

/** The schema without room for keys that it does not list. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const copy = Object.fromEntries(entries) as Node;
  const isRecord = copy.type === 'object' && typeof copy.properties === 'object';
  return isRecord ? { ...copy, additionalProperties: false } : copy;
}
