import type {
  HeadersObject,
  OperationObject,
  ParameterObject,
  ReferenceObject,
  RequestBodyObject,
  ResponseObject,
  SchemaObject,
} from 'openapi3-ts/oas31';
import { ref } from './schema-parts.js';

type Schema = SchemaObject | ReferenceObject;

export type Described = {
  id: string;
  tag: string;
  summary: string;
  description?: string;
  /** Path and query parameters. */
  parameters?: ParameterObject[];
  /** The headers that say who asks; `public` = none is needed. */
  who?: 'public' | 'tenant' | 'api' | 'api-optional';
  body?: RequestBodyObject;
  /** The good answer: its schema and an example. Absent = 204. */
  answer?: {
    description: string;
    schema: Schema;
    example?: unknown;
    /** 200 unless told. */
    status?: 200 | 201 | 202;
    isPaged?: boolean;
    /** It has an entity tag, and is 304 for who has it. */
    isTagged?: boolean;
  };
  /** Statuses beside those that every route with such a body or tenant can have. */
  errors?: (keyof typeof failures)[];
};

export const failures = {
  400: ['A header is missing, or the request is malformed.', 'Error'],
  401: ['A bearer token is required.', 'Error'],
  403: ['The token does not allow it, or the URL may not be fetched.', 'Error'],
  404: ['There is no such thing in this tenant.', 'Error'],
  409: ['It collides with something that exists.', 'Error'],
  413: ['The body is too large.', 'Error'],
  415: ['The route does not take this media type.', 'Error'],
  422: ['The request does not validate.', 'ValidationError'],
  429: ['Too many wait already. Retry-After says when to ask again.', 'Error'],
  500: ['A bug. The log has more under request_id.', 'InternalError'],
  502: ['Another server failed.', 'Error'],
  503: ['The feature is not configured.', 'Error'],
  504: ['Another server took too long.', 'Error'],
} as const;

const headers = {
  tenant: {
    name: 'x-tenantId',
    description: 'The tenant. Needed unless a token or the default tenant names it.',
    example: 'acme',
  },
  app: {
    name: 'x-appId',
    description: 'The application: where a new API goes, and which APIs a list shows.',
    example: 'shop',
  },
  api: {
    name: 'x-apiId',
    description: 'The id of one API.',
    example: '6f1c6f0e-6b0a-4e53-9c3e-0d5b1f6f7a11',
  },
};

const ifNoneMatch: ParameterObject = {
  name: 'If-None-Match',
  in: 'header',
  description:
    'The ETag of an answer that the caller has: 304 without a body while it is still so.',
  schema: { type: 'string' },
  example: '"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"',
};

const link: HeadersObject = {
  Link: {
    description: 'rel="next": the next part (RFC 8288). Absent at the end of the list.',
    schema: { type: 'string' },
  },
};

const entityTag: HeadersObject = {
  ETag: {
    description: 'Strong, made of the body (RFC 9110 section 8.8.3).',
    schema: { type: 'string' },
  },
};

export function pathParameter(
  name: string,
  description: string,
  schema: SchemaObject = { type: 'string' },
): ParameterObject {
  return { name, in: 'path', required: true, description, schema };
}

export function queryParameter(
  name: string,
  description: string,
  schema: SchemaObject = { type: 'string' },
): ParameterObject {
  return { name, in: 'query', description, schema };
}

/** How every list can be read in parts. */
export const pageParameters = [
  queryParameter('limit', 'Only so many. Without it the list is whole.', {
    type: 'integer',
    minimum: 1,
    maximum: 500,
  }),
  queryParameter('after', 'Go on after this cursor, from the Link header of the part before.'),
];

/** A required JSON body. */
export function jsonBody(schema: Schema, example: unknown): RequestBodyObject {
  return { required: true, content: { 'application/json': { schema, example } } };
}

/** An Operation Object with the headers, errors and security that the route has anyway. */
export function describe({
  id,
  tag,
  summary,
  description,
  parameters = [],
  who = 'tenant',
  body,
  answer,
  errors = [],
}: Described): OperationObject {
  const isPublic = who === 'public';
  const statuses = new Set<number>([
    ...errors,
    ...(isPublic ? [] : [400, 401, 403, 500]),
    ...(body ? [413, 415, 422] : []),
    ...(parameters.some((parameter) => parameter.in === 'query') ? [422] : []),
  ]);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    parameters: [...parameters, ...whoParameters(who), ...(answer?.isTagged ? [ifNoneMatch] : [])],
    ...(body ? { requestBody: body } : {}),
    responses: {
      ...(answer ? { [answer.status ?? 200]: good(answer) } : { 204: { description: 'Done.' } }),
      ...(answer?.isTagged
        ? { 304: { description: 'The caller has it.', headers: entityTag } }
        : {}),
      ...Object.fromEntries([...statuses].sort().map((status) => [status, failure(status)])),
    },
    security: isPublic ? [] : [{}, { bearer: [] }],
  };
}

function whoParameters(who: Described['who']): ParameterObject[] {
  if (who === 'public') return [];
  const wanted: ('tenant' | 'app' | 'api')[] =
    who === 'tenant' ? ['tenant', 'app'] : ['tenant', 'app', 'api'];
  return wanted.map((key) => {
    const { name, description, example } = headers[key];
    const required = key === 'api' && who === 'api';
    return { name, in: 'header', required, description, schema: { type: 'string' }, example };
  });
}

function good({
  description,
  schema,
  example,
  isPaged,
  isTagged,
}: NonNullable<Described['answer']>): ResponseObject {
  const shown = { ...(isPaged ? link : {}), ...(isTagged ? entityTag : {}) };
  return {
    description,
    ...(isPaged || isTagged ? { headers: shown } : {}),
    content: {
      'application/json': { schema, ...(example === undefined ? {} : { example }) },
    },
  };
}

function failure(status: number): ResponseObject {
  const [description, schema] = failures[status as keyof typeof failures];
  return { description, content: { 'application/json': { schema: ref(schema) } } };
}
