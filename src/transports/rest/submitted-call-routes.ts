import type { FastifyInstance } from 'fastify';
import { getSubmittedCall } from '../../calls/submitted/find-submitted-call.js';
import { type SubmitCallInput, submitCall } from '../../calls/submitted/submit-call.js';
import { presentSubmittedCall } from './present-submitted-call.js';
import { pathText, readJsonObject, untrusted } from './read-request.js';
import { contextOf } from './rest-deps.js';

const takesJson = { config: { restBody: 'json' as const } };

export function registerSubmittedCallRoutes(app: FastifyInstance): void {
  app.post('/agents/:agent_id/tools/:name/submit', takesJson, async (request, reply) => {
    const { arguments: args, idempotency_key: idempotencyKey, deadline } = readJsonObject(request);
    const input = {
      agentId: pathText(request, 'agent_id'),
      name: pathText(request, 'name'),
      arguments: args,
      ...{ idempotencyKey, deadline },
    };
    const call = await submitCall(contextOf(request), untrusted<SubmitCallInput>(input));
    return reply.code(202).send(presentSubmittedCall(call));
  });

  app.get('/calls/:id', async (request) => {
    const call = await getSubmittedCall(contextOf(request), { id: pathText(request, 'id') });
    return presentSubmittedCall(call);
  });
}
