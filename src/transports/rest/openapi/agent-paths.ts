import type { PathsObject } from 'openapi3-ts/oas31';
import { AssignMcpToolsInput } from '../../../agents/assign-mcp-tools.js';
import { AssignToolsInput } from '../../../agents/assign-tools.js';
import { exportFormats } from '../../../agents/export/export-formats.js';
import { agentTypes } from '../../../local-tools/local-tool.entity.js';
import { describe, jsonBody, pageParameters, pathParameter, queryParameter } from './operation.js';
import { fromZod, listOf, ref } from './schema-parts.js';

const tag = 'Agents';
const agentId = pathParameter('agent_id', 'The agent, under the name that you gave it.');
const body = jsonBody(
  {
    type: 'object',
    properties: {
      endpoint_ids: fromZod(AssignToolsInput.shape.endpointIds, 'Ids of endpoints, all or none.'),
    },
    required: ['endpoint_ids'],
  },
  { endpoint_ids: ['2f9a1c1c-4f0e-4c0f-9d52-0b1f6d7c8e9a'] },
);

export const agentPaths: PathsObject = {
  '/agents/local-tools': {
    get: describe({
      id: 'listLocalTools',
      tag,
      summary: 'List the built-in tools',
      parameters: [
        queryParameter('agent_type', 'Only tools for agents of this type.', {
          type: 'string',
          enum: [...agentTypes],
        }),
      ],
      answer: { description: 'By name.', schema: listOf(ref('LocalTool')) },
    }),
  },
  '/agents/tool-count': {
    get: describe({
      id: 'countToolsOfAllAgents',
      tag,
      summary: 'Count the tools of every agent',
      answer: {
        description: 'Counts by agent.',
        schema: ref('ToolCounts'),
        example: { counts: { 'support-bot': 12 } },
      },
    }),
  },
  '/agents/{agent_id}/tool-count': {
    get: describe({
      id: 'countToolsOfAgent',
      tag,
      summary: 'Count the tools of one agent',
      parameters: [agentId],
      answer: {
        description: 'The count; 0 for an agent that nobody knows.',
        schema: ref('ToolCount'),
        example: { agent_id: 'support-bot', count: 12 },
      },
    }),
  },
  '/agents/{agent_id}/tools/{name}/call': {
    post: describe({
      id: 'callTool',
      tag,
      summary: 'Call a tool of an agent',
      description:
        'Calls exactly the tools that the agent is listed. Whatever the upstream does is an answer with 200; errors mean that nothing ran.',
      parameters: [agentId, pathParameter('name', 'Name of the tool, as the list has it.')],
      body: jsonBody(
        {
          type: 'object',
          properties: {
            arguments: { type: 'object', description: 'What fits the input_schema of the tool.' },
            idempotency_key: {
              type: ['string', 'null'],
              minLength: 1,
              maxLength: 255,
              description:
                'Calls of one agent and tool with the same key are made once in 24 hours: each gets the same answer.',
            },
          },
        },
        { arguments: { petId: '7' }, idempotency_key: 'order-4711' },
      ),
      answer: { description: 'What the call came to.', schema: ref('Call') },
      errors: [404, 409, 503],
    }),
  },
  '/agents/{agent_id}/mcp-tools': {
    post: describe({
      id: 'assignMcpTools',
      tag,
      summary: 'Set the MCP tools of an agent',
      description:
        'Replaces those that it has. If one name is unknown or ambiguous, nothing is written (422).',
      parameters: [agentId],
      body: jsonBody(
        {
          type: 'object',
          properties: {
            tools: fromZod(
              AssignMcpToolsInput.shape.tools,
              'Names: `tool`, or `server/tool` where two servers share the name.',
            ),
          },
          required: ['tools'],
        },
        { tools: ['search', 'github/create_issue'] },
      ),
      answer: { description: 'What it has now.', schema: ref('AssignedMcpTools') },
    }),
  },
  '/agents/{agent_id}/export': {
    get: describe({
      id: 'exportToolsOfAgent',
      tag,
      summary: 'Export the tools of an agent for the request to a provider',
      description:
        'Within the published limits of the provider: what does not fit is changed with a note, or left out with a reason.',
      parameters: [
        agentId,
        {
          ...queryParameter('format', 'Whose request.', {
            type: 'string',
            enum: exportFormats.map((format) => format.toLowerCase()),
          }),
          required: true,
        },
      ],
      answer: { description: 'The tools, all of one revision.', schema: ref('ToolExport') },
    }),
  },
  '/agents/{agent_id}/tools': {
    get: describe({
      id: 'listToolsOfAgent',
      tag,
      summary: 'List the tools that an agent may call',
      parameters: [
        agentId,
        queryParameter('search', 'Only tools with this in their name or description.'),
        ...pageParameters,
      ],
      answer: {
        description: 'The tools, all of one revision.',
        schema: ref('AgentTools'),
        isPaged: true,
        isTagged: true,
      },
    }),
    post: describe({
      id: 'assignTools',
      tag,
      summary: 'Give endpoints to an agent',
      description: 'Adds to those that it has. If one id does not exist, nothing is written (422).',
      parameters: [agentId],
      body,
      answer: { description: 'What was added.', schema: ref('Assigned') },
    }),
    delete: describe({
      id: 'unassignTools',
      tag,
      summary: 'Take endpoints from an agent',
      description: 'If one id does not exist, nothing is written (422).',
      parameters: [agentId],
      body,
      answer: { description: 'What was removed.', schema: ref('Unassigned') },
    }),
  },
};
