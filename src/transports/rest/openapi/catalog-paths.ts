import type { PathsObject } from 'openapi3-ts/oas31';
import { UpdateEndpointInput } from '../../../catalog/update-endpoint.js';
import { describe, jsonBody, pageParameters, pathParameter, queryParameter } from './operation.js';
import { fromZod, listOf, ref } from './schema-parts.js';
import { headersSetting, syncSettings } from './schemas.js';

const apis = 'APIs';
const endpoints = 'Endpoints';
const uuid = { type: 'string' as const, format: 'uuid' };
const endpointId = pathParameter('id', 'The endpoint.', uuid);
const apiId = pathParameter('id', 'The API.', uuid);

const { name, base_url } = syncSettings;
const edit = UpdateEndpointInput.shape;

export const apiPaths: PathsObject = {
  '/apis': {
    get: describe({
      id: 'listApis',
      tag: apis,
      summary: 'List the APIs of the tenant and application',
      parameters: pageParameters,
      answer: {
        description: 'By name.',
        schema: listOf(ref('Api')),
        isPaged: true,
        isTagged: true,
      },
    }),
  },
  '/api/details': {
    get: describe({
      id: 'getApi',
      tag: apis,
      who: 'api',
      summary: 'Show one API',
      answer: { description: 'The API.', schema: ref('Api') },
      errors: [404],
    }),
  },
  '/apis/{id}': {
    patch: describe({
      id: 'updateApi',
      tag: apis,
      summary: 'Change the name, base URL or headers of an API',
      parameters: [apiId],
      body: jsonBody(
        {
          type: 'object',
          properties: {
            ...(name ? { name } : {}),
            ...(base_url ? { base_url } : {}),
            headers: headersSetting,
          },
        },
        { name: 'Pets', headers: { authorization: 'Bearer …' } },
      ),
      answer: { description: 'The API.', schema: ref('Api') },
      errors: [404, 409],
    }),
    delete: describe({
      id: 'deleteApi',
      tag: apis,
      summary: 'Delete an API with its endpoints',
      description: 'The endpoints leave the views of all agents at once.',
      parameters: [apiId],
      errors: [404],
    }),
  },
};

export const endpointPaths: PathsObject = {
  '/api/endpoints': {
    get: describe({
      id: 'listEndpoints',
      tag: endpoints,
      who: 'api',
      summary: 'List the endpoints of an API',
      parameters: [
        queryParameter('agent_id', 'Only endpoints that are assigned to this agent.'),
        queryParameter('search', 'Only endpoints with this in their name, path or description.'),
        queryParameter('tag', 'Only endpoints with this tag.'),
        ...pageParameters,
      ],
      answer: {
        description: 'In the order of the document.',
        schema: listOf(ref('Endpoint')),
        isPaged: true,
        isTagged: true,
      },
      errors: [404],
    }),
  },
  '/api/endpoints/{id}': {
    get: describe({
      id: 'getEndpoint',
      tag: endpoints,
      summary: 'Show one endpoint with its parameters',
      parameters: [endpointId],
      answer: { description: 'The endpoint.', schema: ref('EndpointWithParameters') },
      errors: [404],
    }),
    patch: describe({
      id: 'updateEndpoint',
      tag: endpoints,
      summary: 'Change the name or description of an endpoint, or switch it off',
      description: 'The changes survive every sync.',
      parameters: [endpointId],
      body: jsonBody(
        {
          type: 'object',
          properties: {
            name: fromZod(edit.name, 'Name of the tool; null goes back to the document’s.'),
            description: fromZod(edit.description, 'null goes back to the document’s.'),
            enabled: fromZod(edit.enabled, 'false takes it out of every agent’s view.'),
          },
        },
        { name: 'find_pet', description: 'Finds a pet by its id.' },
      ),
      answer: { description: 'The endpoint.', schema: ref('EndpointWithParameters') },
      errors: [404, 409],
    }),
  },
  '/api/endpoints/{id}/test': {
    post: describe({
      id: 'testEndpoint',
      tag: endpoints,
      summary: 'Call an endpoint to try it',
      description:
        'Assigned or not, enabled or not. Whatever the upstream does is an answer with 200; errors mean that nothing ran.',
      parameters: [endpointId],
      body: jsonBody(
        {
          type: 'object',
          properties: {
            parameters: { type: 'object', description: 'What fits its input_schema.' },
          },
        },
        { parameters: { petId: '7' } },
      ),
      answer: { description: 'What the call came to.', schema: ref('Call') },
      errors: [404, 503],
    }),
  },
  '/api/endpoints/{id}/describe': {
    post: describe({
      id: 'describeEndpoint',
      tag: endpoints,
      summary: 'Have a model write the description of an endpoint',
      description: 'Keeps the description as it is when the model fails.',
      parameters: [endpointId],
      answer: { description: 'The endpoint.', schema: ref('EndpointWithParameters') },
      errors: [404, 502, 503, 504],
    }),
  },
};
