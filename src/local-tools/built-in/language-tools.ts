import type { BuiltInTool } from '../built-in-tools.js';
import { closedObject, languageTag, prose } from './shared-schemas.js';

/** Tools on the language of a conversation and on how speech is understood. */
export const languageTools: BuiltInTool[] = [
  {
    name: 'switch_language',
    displayName: 'Switch Language',
    description:
      'Change the language in which you speak and listen from the next turn on. Use it when the user asks for another language or keeps using one. ' +
      'Do not use it for single foreign words or names. To record the language without changing anything, use report_user_language.',
    category: 'language',
    agentTypes: ['voice', 'text'],
    inputSchema: closedObject(
      {
        language: languageTag('The language to switch to.'),
        reason: {
          type: 'string',
          description: 'What led to the switch.',
          enum: ['user_request', 'user_speaks_it', 'profile'],
          default: 'user_request',
        },
        announce: {
          type: 'boolean',
          description: 'Say one short sentence in the new language to confirm the switch.',
          default: true,
        },
      },
      ['language'],
    ),
  },
  {
    name: 'set_stt_mode',
    displayName: 'Set STT Mode',
    description:
      'Tell speech recognition what kind of answer comes next, so that numbers, names and codes are heard right. Call it just before you ask the question. ' +
      'The mode falls back to "general" after the next answer unless you say otherwise.',
    category: 'language',
    agentTypes: ['voice'],
    inputSchema: closedObject(
      {
        mode: {
          type: 'string',
          description:
            '"digits": numbers read out one by one. "alphanumeric": codes such as order numbers. "spelling": names spelled letter by letter. ' +
            '"general": ordinary speech.',
          enum: [
            'general',
            'digits',
            'alphanumeric',
            'spelling',
            'email',
            'phone_number',
            'date',
            'amount',
            'address',
            'yes_no',
          ],
        },
        expected_length: {
          type: 'integer',
          description: 'How many characters are expected, where that is known, e.g. 16 for a card.',
          minimum: 1,
          maximum: 64,
        },
        hints: {
          type: 'array',
          description: 'Words that are likely to be said: product names, places, family names.',
          items: { type: 'string', minLength: 1, maxLength: 100 },
          uniqueItems: true,
          maxItems: 100,
        },
        duration: {
          type: 'string',
          description: 'How long the mode holds.',
          enum: ['next_answer', 'until_changed'],
          default: 'next_answer',
        },
      },
      ['mode'],
    ),
  },
  {
    name: 'report_user_language',
    displayName: 'Report User Language',
    description:
      'Record which language the user speaks or writes, for their profile and for routing. It does not change the language of the conversation: use switch_language for that. ' +
      'Call it once you are reasonably sure, and again only if the language changes.',
    category: 'language',
    agentTypes: ['voice', 'text'],
    inputSchema: closedObject(
      {
        language: languageTag('The language that the user uses.'),
        confidence: {
          type: 'number',
          description: 'How sure you are: 1 is certain.',
          minimum: 0,
          maximum: 1,
        },
        evidence: prose('A few words of the user that show it.', 500),
        is_preferred: {
          type: 'boolean',
          description: 'True when the user said that they prefer this language.',
          default: false,
        },
      },
      ['language', 'confidence'],
    ),
  },
];
