import type { PathsObject, RequestBodyObject, SchemaObject } from 'openapi3-ts/oas31';
import { describe } from './operation.js';
import { ref } from './schema-parts.js';
import { headersSetting, syncSettings } from './schemas.js';

const tag = 'Documents';

const document = {
  openapi: '3.1.0',
  info: { title: 'Pet Store', version: '1.0.0' },
  servers: [{ url: 'https://petstore.example.com/v1' }],
  paths: {
    '/pets/{petId}': {
      get: {
        operationId: 'getPet',
        parameters: [{ name: 'petId', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'The pet.' } },
      },
    },
  },
};

const sources: Record<string, SchemaObject> = {
  swagger_url: {
    type: 'string',
    maxLength: 4000,
    description: 'Where the document is. Give this or swagger_json.',
  },
  swagger_json: {
    type: ['object', 'string'],
    description:
      'The document itself, as a JSON object, or its text (JSON or YAML) as a string. Give this or swagger_url.',
  },
};

function documentBody(settings: Record<string, SchemaObject>): RequestBodyObject {
  return {
    required: true,
    description:
      'A JSON object with swagger_url or swagger_json; or the OpenAPI or Swagger document itself, as JSON (it has "openapi" or "swagger" at its top) or, with a content type for it, as YAML.',
    content: {
      'application/json': {
        schema: { type: 'object', properties: { ...sources, ...settings } },
        examples: {
          url: { value: { swagger_url: 'https://petstore.example.com/openapi.json' } },
          inline: {
            value: { swagger_json: document, ...('name' in settings ? { name: 'Pets' } : {}) },
          },
          document: { value: document },
        },
      },
    },
  };
}

const settings = { ...syncSettings, headers: headersSetting };
const fetching = [502, 504] as const;
const conflict = {
  description: 'Nothing was written: agents would be affected.',
  content: { 'application/json': { schema: ref('SyncConflict') } },
};
const unreadable = {
  description: 'The request does not validate, or the document cannot be read (problems).',
  content: { 'application/json': { schema: ref('DocumentError') } },
};

const preview = describe({
  id: 'previewSwagger',
  tag,
  summary: 'Show the tools that a document would give',
  description:
    'Saves nothing. A document that cannot be read answers with valid: false and the reasons.',
  body: documentBody({}),
  answer: {
    description: 'The tools, and what stands in the way of others.',
    schema: ref('Preview'),
  },
  errors: [...fetching],
});

const plan = describe({
  id: 'planSync',
  tag,
  who: 'api-optional',
  summary: 'Show what a sync would change',
  description: 'Takes what sync-swagger takes and writes nothing.',
  body: documentBody(settings),
  answer: { description: 'The changes.', schema: ref('SyncPlan') },
  errors: [404, ...fetching],
});

const sync = describe({
  id: 'syncSwagger',
  tag,
  who: 'api-optional',
  summary: 'Add an API, or bring it up to date with its document',
  description:
    'The API is picked by x-apiId, else by swagger_url, else by name. The same document as last time writes nothing.',
  body: documentBody(settings),
  answer: { description: 'What was done.', schema: ref('Sync') },
  errors: [404, ...fetching],
});

const upload = describe({
  id: 'syncSwaggerFile',
  tag,
  who: 'api-optional',
  summary: 'Add or update an API from an uploaded file',
  body: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: {
            file: {
              type: 'string',
              contentMediaType: 'application/octet-stream',
              description: 'The document, JSON or YAML.',
            },
            ...syncSettings,
          },
          required: ['file'],
        },
      },
    },
  },
  answer: { description: 'What was done.', schema: ref('Sync') },
  errors: [404],
});

export const syncPaths: PathsObject = {
  '/preview-swagger': { post: preview },
  '/plan-sync': { post: withAnswers(plan, { 422: unreadable }) },
  '/sync-swagger': { post: withAnswers(sync, { 409: conflict, 422: unreadable }) },
  '/sync-swagger/file': { post: withAnswers(upload, { 409: conflict, 422: unreadable }) },
};

function withAnswers(operation: ReturnType<typeof describe>, answers: Record<number, object>) {
  return { ...operation, responses: { ...operation.responses, ...answers } };
}
