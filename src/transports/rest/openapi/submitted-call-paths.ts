import type { PathsObject, SchemaObject } from 'openapi3-ts/oas31';
import { submittedStates } from '../../../calls/submitted/submitted-call.entity.js';
import { describe, jsonBody, pathParameter } from './operation.js';
import { id, instant, instantOrNull, object, ref, text, textOrNull } from './schema-parts.js';

const tag = 'Agents';

export const submittedCallPaths: PathsObject = {
  '/agents/{agent_id}/tools/{name}/submit': {
    post: describe({
      id: 'submitCall',
      tag,
      summary: 'Submit a call of a tool of an agent',
      description:
        'Notes the call, to be run soon, and does not wait for it: `GET /calls/{id}` gives its result, even if servers die meanwhile. What is wrong with name or arguments is told at once.',
      parameters: [
        pathParameter('agent_id', 'The agent, under the name that you gave it.'),
        pathParameter('name', 'Name of the tool, as the list has it.'),
      ],
      body: jsonBody(
        {
          type: 'object',
          properties: {
            arguments: {
              type: 'object',
              description: 'What fits the input_schema of the tool, 1 MiB at most.',
            },
            idempotency_key: {
              type: ['string', 'null'],
              minLength: 1,
              maxLength: 255,
              description:
                'The same agent, tool and key are one call, until 24 hours after its end.',
            },
            deadline: {
              type: ['string', 'null'],
              format: 'date-time',
              description: 'It does not begin after that. At most 7 days ahead; default: 24 hours.',
            },
          },
        },
        { arguments: { petId: '7' }, idempotency_key: 'order-4711' },
      ),
      answer: { description: 'It is noted.', schema: ref('SubmittedCall'), status: 202 },
      errors: [404, 409, 429],
    }),
  },
  '/calls/{id}': {
    get: describe({
      id: 'getSubmittedCall',
      tag,
      summary: 'Show a submitted call',
      parameters: [pathParameter('id', 'The call.', { type: 'string' })],
      answer: { description: 'How far it is, and its result.', schema: ref('SubmittedCall') },
      errors: [404],
    }),
  },
};

export const submittedCallSchemas: Record<string, SchemaObject> = {
  SubmittedCall: object({
    id: id('To ask for its result.'),
    state: {
      type: 'string',
      enum: [...submittedStates],
      description: 'QUEUED: it waits for a worker. DONE: it has its result.',
    },
    app_id: textOrNull('The application that asked.'),
    agent_id: text('The agent whose tool it is.'),
    tool_name: text('The name under which it is called.'),
    idempotency_key: textOrNull('As the caller gave it.'),
    submitted_at: instant('When it was submitted.'),
    deadline_at: instant('It does not begin after that: TIMEOUT then, and nothing was sent.'),
    started_at: instantOrNull('When a worker first began it.'),
    finished_at: instantOrNull('When its result stood.'),
    result: {
      description:
        'What it came to; null until it is DONE. Of a call that never ran, call_id is its own id and error says why.',
      anyOf: [ref('Call'), { type: 'null' }],
    },
  }),
};
