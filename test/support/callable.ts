import { request } from 'undici';
import type { CallableEndpoint, PlannedRequest } from '../../src/calls/call-types.js';
import type { BodyPlan, BodyVariant, ParameterPlan } from '../../src/openapi/types.js';
import type { EchoServer, ReceivedRequest } from './echo-server.js';

/** A parameter with the defaults that OpenAPI has for its place. */
export function aParameter(
  given: Partial<ParameterPlan> & Pick<ParameterPlan, 'name'>,
): ParameterPlan {
  const where = given.in ?? 'query';
  const style = given.style ?? (where === 'path' || where === 'header' ? 'simple' : 'form');
  return {
    argument: given.name,
    in: where,
    required: where === 'path',
    explode: style === 'form' || style === 'cookie',
    allowReserved: false,
    contentType: null,
    ...given,
    style,
  };
}

/** A body that is one argument `body`, unless `fields` are given. */
export function aBody(
  variant: Partial<BodyVariant> & Pick<BodyVariant, 'mediaType' | 'kind'>,
  fields: string[] | null = null,
): BodyPlan {
  return {
    required: true,
    argument: fields ? null : 'body',
    fields: fields?.map((name) => ({ name, argument: name })) ?? null,
    contentTypeArgument: null,
    variants: [{ encoding: {}, files: [], ...variant }],
  };
}

type Given = Partial<CallableEndpoint> & { parameters?: ParameterPlan[]; body?: BodyPlan | null };

export function anEndpoint({
  parameters = [],
  body = null,
  ...given
}: Given = {}): CallableEndpoint {
  return {
    id: 'endpoint',
    tenantId: 'tenant',
    apiId: 'api',
    name: 'getThing',
    method: 'GET',
    path: '/things',
    contractHash: 'hash',
    inputSchema: { type: 'object' },
    baseUrl: 'https://api.test/v1',
    isBaseUrlGiven: true,
    securitySchemes: {},
    plan: { servers: [], parameters, body, accept: ['application/json'], security: [] },
    ...given,
  };
}

/** Sends a planned request over real HTTP and returns what arrived, byte for byte. */
export async function sendTo(
  server: EchoServer,
  planned: PlannedRequest,
): Promise<ReceivedRequest> {
  const { method, url, headers, body } = planned;
  const response = await request(url, { method, headers, body, reset: true });
  await response.body.dump();
  const [received] = server.take();
  if (!received) throw new Error('nothing arrived');
  return received;
}
