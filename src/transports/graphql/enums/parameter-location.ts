import { registerEnumType } from 'type-graphql';
import { parameterLocations } from '../../../openapi/types.js';
import { enumOf } from './enum-of.js';

export const ParameterLocationEnum = enumOf(parameterLocations);

registerEnumType(ParameterLocationEnum, {
  name: 'ParameterLocation',
  description: 'Where an input goes in the HTTP request.',
  valuesConfig: {
    PATH: { description: 'A segment of the path.' },
    QUERY: { description: 'The query string.' },
    HEADER: { description: 'A request header.' },
    COOKIE: { description: 'The `Cookie` header.' },
    BODY: { description: 'A property of the request body, or the whole body.' },
  },
});
