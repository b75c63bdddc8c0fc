import { afterAll, describe, expect, it } from 'vitest';
import { builtInTools } from '../../src/local-tools/built-in-tools.js';
import { openRestApp } from './rest-app.js';

const rest = await openRestApp();
afterAll(() => rest[Symbol.asyncDispose]());

describe('GET /tools/agents/local-tools', () => {
  it.each(['', '?agent_type='])('lists every built-in tool for "%s"', async (search) => {
    const answer = await rest.caller()({ url: `/tools/agents/local-tools${search}` });
    const names = answer.json<{ name: string }[]>().map(({ name }) => name);
    expect(names).toEqual(builtInTools.map(({ name }) => name).sort());
  });

  it('lists those for one type of agent', async () => {
    const answer = await rest.caller()({ url: '/tools/agents/local-tools?agent_type=background' });
    const names = answer.json<{ name: string }[]>().map(({ name }) => name);
    expect(names).toEqual([
      'lookup_kb',
      'refund_processor',
      'request_human_approval',
      'search_knowledge',
      'send_email',
    ]);
  });

  it('shows a tool under the names of the columns', async () => {
    const answer = await rest.caller()({ url: '/tools/agents/local-tools?agent_type=voice' });
    expect(answer.json()).toContainEqual(
      expect.objectContaining({
        name: 'end_call',
        display_name: 'End Call',
        category: 'call_control',
        agent_types: ['voice'],
        is_active: true,
        input_schema: expect.objectContaining({ type: 'object', required: ['reason'] }),
      }),
    );
  });

  it('says which types there are', async () => {
    const answer = await rest.caller()({ url: '/tools/agents/local-tools?agent_type=robot' });
    expect([answer.statusCode, answer.json().detail]).toEqual([
      422,
      [
        {
          loc: ['query', 'agent_type'],
          msg: 'expected one of voice, text, background',
          type: 'invalid_value',
        },
      ],
    ]);
  });
});
