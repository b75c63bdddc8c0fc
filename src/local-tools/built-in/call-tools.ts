import type { BuiltInTool } from '../built-in-tools.js';
import { closedObject, prose } from './shared-schemas.js';

/** Tools that steer a live conversation. */
export const callTools: BuiltInTool[] = [
  {
    name: 'transfer_to_human_agent',
    displayName: 'Transfer to Human Agent',
    description:
      'Hand the conversation over to a person. Use it when the user asks for one, when a rule demands one, or when you have failed twice at the same step. ' +
      'Tell the user about the transfer first. After a successful call you take no further part in the conversation.',
    category: 'call_control',
    agentTypes: ['voice', 'text'],
    inputSchema: closedObject(
      {
        reason: {
          type: 'string',
          description: 'Why a person has to take over.',
          enum: [
            'user_request',
            'out_of_scope',
            'identity_not_verified',
            'complaint',
            'repeated_misunderstanding',
            'policy',
            'technical_failure',
            'other',
          ],
        },
        summary: prose(
          'What the person needs to know to go on without asking again: who the user is, what they want, what was tried and what came of it.',
          4000,
        ),
        department: prose(
          'The team or queue that should answer, by its name. Leave it out for the default queue.',
          100,
        ),
        priority: {
          type: 'string',
          description: '"urgent" is for danger to people or money being lost right now.',
          enum: ['low', 'normal', 'high', 'urgent'],
          default: 'normal',
        },
        mode: {
          type: 'string',
          description:
            '"warm" keeps the user with you until a person has answered; "cold" transfers at once.',
          enum: ['warm', 'cold'],
          default: 'warm',
        },
      },
      ['reason', 'summary'],
    ),
  },
  {
    name: 'end_call',
    displayName: 'End Call',
    description:
      'Hang up. Use it only when the user has said goodbye or wants to stop, when the matter is settled and they need nothing else, or when nobody has answered for several turns. ' +
      'It cannot be undone. Put your goodbye into closing_message; it is spoken before the line closes.',
    category: 'call_control',
    agentTypes: ['voice'],
    inputSchema: closedObject(
      {
        reason: {
          type: 'string',
          description: 'Why the call ends.',
          enum: [
            'resolved',
            'user_goodbye',
            'no_response',
            'wrong_number',
            'voicemail',
            'abusive_caller',
            'callback_arranged',
          ],
        },
        closing_message: prose(
          'Last words to the user, in their language, spoken before hanging up.',
          500,
        ),
        summary: prose('One or two sentences on what the call came to, for the record.', 2000),
      },
      ['reason'],
    ),
  },
  {
    name: 'report_clarification_failure',
    displayName: 'Report Clarification Failure',
    description:
      'Record that you could not get a usable answer to a question although you asked again. It informs the people who improve the agent and changes nothing in the conversation: ' +
      'go on with another approach or transfer to a person afterwards. Call it once for each question, not for each attempt.',
    category: 'operations',
    agentTypes: ['voice', 'text'],
    inputSchema: closedObject(
      {
        question: prose('The question that stayed open, as you last asked it.', 1000),
        failure: {
          type: 'string',
          description: 'What went wrong with the answers.',
          enum: [
            'no_answer',
            'not_understood',
            'contradictory',
            'off_topic',
            'incomplete',
            'poor_audio',
            'language_mismatch',
          ],
        },
        attempts: {
          type: 'integer',
          description: 'How often you asked, the first time included.',
          minimum: 1,
          maximum: 50,
        },
        last_answer: prose('What the user said last, word for word as you received it.', 2000),
        needed_for: prose('What you needed the answer for.', 500),
      },
      ['question', 'failure', 'attempts'],
    ),
  },
];
