import { createHash, randomUUID } from 'node:crypto';
import Fastify, { type FastifyRequest, type InjectOptions } from 'fastify';
import type {
  RawSpec,
  ReadSpec,
  SerializedDraft,
  SpecReader,
} from '../../src/catalog/spec-reader.js';
import { type Context, scopes } from '../../src/context.js';
import { AppError } from '../../src/errors.js';
import { seedLocalTools } from '../../src/local-tools/seed-local-tools.js';
import { createLogger } from '../../src/logger.js';
import { registerRest } from '../../src/transports/rest/register-rest.js';
import { openTestStorage } from '../support/test-storage.js';

const clock = { now: () => new Date() };
const logger = createLogger({ level: 'silent' });

type Overrides = {
  specs?: SpecReader;
  maxBodyBytes?: number;
  maxDocumentBytes?: number;
  descriptions?: Context['descriptions'];
  scopes?: string[];
};

export async function openRestApp(overrides: Overrides = {}) {
  const storage = await openTestStorage();
  await seedLocalTools(storage.fork(), clock);
  const app = Fastify({ requestIdHeader: 'x-request-id', routerOptions: { maxParamLength: 1000 } });
  const routes: { method: string; url: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, url });
  });
  const contextFor = async (request: FastifyRequest): Promise<Context> => {
    const tenant = request.headers['x-tenantid'];
    if (typeof tenant !== 'string') {
      throw new AppError('INVALID_INPUT', 'The header x-tenantId is missing.', {
        header: 'x-tenantId',
      });
    }
    const appId = request.headers['x-appid'];
    return {
      actor: {
        tenant,
        app: typeof appId === 'string' ? appId : null,
        subject: null,
        expiresAt: null,
        scopes: new Set(overrides.scopes ?? [scopes.read, scopes.write]),
      },
      em: storage.fork(),
      clock,
      logger,
      requestId: request.id,
      sealer: {
        seal: (text) => `sealed:${text}`,
        open: (text) => text.slice(7),
        isCurrent: () => true,
      },
      specs: overrides.specs ?? jsonReader,
      descriptions: overrides.descriptions ?? null,
    };
  };
  const { maxBodyBytes = 100_000, maxDocumentBytes = 1_000_000 } = overrides;
  await registerRest(app, { contextFor, limits: { maxBodyBytes, maxDocumentBytes }, logger });
  await app.ready();
  return {
    app,
    routes,
    ask: (options: InjectOptions & { tenant?: string | null; appId?: string | null }) => {
      const { tenant = 'acme', appId = 'shop', headers, ...rest } = options;
      return app.inject({
        ...rest,
        headers: {
          ...(tenant === null ? {} : { 'x-tenantid': tenant }),
          ...(appId === null ? {} : { 'x-appid': appId }),
          ...headers,
        },
      });
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await storage[Symbol.asyncDispose]();
    },
  };
}

/** Reads plain JSON documents. */
const jsonReader: SpecReader = {
  load: async (source): Promise<RawSpec> => {
    if ('url' in source) throw new AppError('UPSTREAM_FAILED', `${source.url} does not answer.`);
    const body = 'text' in source ? source.text : JSON.stringify(source.document);
    const contentHash = createHash('sha256').update(body).digest('hex');
    return { body, url: null, requestedUrl: null, contentHash };
  },
  read: async ({ body }): Promise<ReadSpec> => {
    const base = {
      servers: [{ url: 'https://api.example.com', variables: {} }],
      securitySchemes: {},
      skipped: [],
      compatibilityScore: 100,
      deductions: [],
      files: {},
    };
    try {
      const document = JSON.parse(Buffer.from(body as string).toString()) as {
        openapi: string;
        info: { title: string };
        paths: Record<string, Record<string, { operationId: string }>>;
      };
      const drafts = Object.entries(document.paths).flatMap(([path, item]) =>
        Object.entries(item).map(
          ([method, operation]): SerializedDraft => ({
            name: operation.operationId,
            operationId: operation.operationId,
            method: method.toUpperCase(),
            path,
            pointer: '',
            summary: null,
            description: null,
            tags: ['pets'],
            deprecated: false,
            readOnly: method === 'get',
            parameters: [
              {
                name: 'id',
                argument: 'id',
                type: 'string',
                location: 'QUERY',
                required: false,
                defaultValue: null,
                description: null,
                schema: '{"type":"string"}',
              },
            ],
            inputSchema: '{"type":"object"}',
            outputSchema: null,
            plan: JSON.stringify({
              servers: [],
              parameters: [],
              body: null,
              accept: [],
              security: [],
            }),
            contractHash: createHash('sha256')
              .update(JSON.stringify([path, method, operation]))
              .digest('hex'),
          }),
        ),
      );
      return {
        ...base,
        valid: true,
        specVersion: document.openapi,
        title: document.info.title,
        drafts,
        problems: [],
      };
    } catch {
      return {
        ...base,
        valid: false,
        specVersion: null,
        title: null,
        drafts: [],
        compatibilityScore: 0,
        problems: [
          {
            code: 'NOT_A_DOCUMENT',
            message: 'This is no OpenAPI document.',
            pointer: '',
            severity: 'ERROR',
            line: 1,
          },
        ],
      };
    }
  },
  hashFiles: async () => ({}),
  [Symbol.asyncDispose]: async () => {},
};

export const unknownId = randomUUID();
