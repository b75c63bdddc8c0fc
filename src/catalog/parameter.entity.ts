import { defineEntity, p } from '@mikro-orm/core';
import { type JsonSchema, type ParameterLocation, parameterLocations } from '../openapi/types.js';

const ParameterSchema = defineEntity({
  name: 'Parameter',
  tableName: 'parameters',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.text(),
    endpointId: p.uuid(),
    /** The name on the wire. */
    name: p.text(),
    /** The property of the endpoint's input schema that carries it. */
    argument: p.text(),
    type: p.text(),
    location: p.enum(() => parameterLocations).$type<ParameterLocation>(),
    required: p.boolean(),
    inPath: p.boolean(),
    inQuery: p.boolean(),
    inBody: p.boolean(),
    defaultValue: p.text().nullable(),
    description: p.text().nullable(),
    schema: p.json<JsonSchema>().columnType('json'),
    position: p.integer(),
  },
});

/** One input of an endpoint: a parameter, or a property of its body. */
export class Parameter extends ParameterSchema.class {}
ParameterSchema.setClass(Parameter);
