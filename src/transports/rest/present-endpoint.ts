import type { AgentEndpointTool } from '../../agents/read-endpoint-tools.js';
import type { EndpointRow, EndpointSchemas, ParameterRow } from '../../catalog/catalog.queries.js';
import type { ParameterDraft } from '../../openapi/types.js';

export function presentParameter(parameter: ParameterRow) {
  return {
    id: parameter.id,
    endpoint_id: parameter.endpointId,
    name: parameter.name,
    argument: parameter.argument,
    type: parameter.type,
    location: parameter.location.toLowerCase(),
    required: parameter.required,
    in_path: parameter.inPath,
    in_query: parameter.inQuery,
    in_body: parameter.inBody,
    default_value: parameter.defaultValue ?? null,
    description: parameter.description ?? null,
    schema: parameter.schema,
  };
}

/** A parameter that is not stored yet. */
export function presentDraftParameter(draft: ParameterDraft) {
  return {
    name: draft.name,
    argument: draft.argument,
    type: draft.type,
    location: draft.location.toLowerCase(),
    required: draft.required,
    in_path: draft.location === 'PATH',
    in_query: draft.location === 'QUERY',
    in_body: draft.location === 'BODY',
    default_value: draft.defaultValue,
    description: draft.description,
    schema: draft.schema,
  };
}

/** An endpoint without its parameters. */
export function presentEndpoint(endpoint: EndpointRow, schemas: EndpointSchemas | undefined) {
  return {
    id: endpoint.id,
    api_id: endpoint.apiId,
    name: endpoint.name,
    method: endpoint.method,
    path: endpoint.path,
    description: endpoint.description ?? null,
    expose_as: endpoint.exposeAs ?? null,
    enabled: endpoint.enabled,
    operation_id: endpoint.operationId ?? null,
    tags: endpoint.tags,
    deprecated: endpoint.deprecated,
    input_schema: schemas?.inputSchema ?? null,
    output_schema: schemas?.outputSchema ?? null,
  };
}

/** One tool of an agent; `name` is its name in the agent's view. */
export function presentAgentTool(tool: AgentEndpointTool) {
  return {
    id: tool.id,
    name: tool.name,
    description: tool.description ?? null,
    method: tool.method,
    path: tool.path,
    base_url: tool.baseUrl,
    api_id: tool.apiId,
    api_name: tool.apiName,
    enabled: tool.enabled,
    tags: tool.tags,
    deprecated: tool.deprecated,
    expose_as: tool.exposeAs ?? null,
    parameters: tool.parameters.map(presentParameter),
    input_schema: tool.inputSchema,
    output_schema: tool.outputSchema ?? null,
  };
}
