import type { JsonSchema } from '../../openapi/types.js';
import type { BuiltInTool } from '../built-in-tools.js';
import { closedObject, languageTag, prose } from './shared-schemas.js';

const everyAgent: BuiltInTool['agentTypes'] = ['voice', 'text', 'background'];

function addresses(description: string, minItems: number): JsonSchema {
  return {
    type: 'array',
    description,
    items: { type: 'string', format: 'email', maxLength: 254 },
    minItems,
    maxItems: 50,
    uniqueItems: true,
  };
}

/** Tools on knowledge, mail, money and approvals. */
export const officeTools: BuiltInTool[] = [
  {
    name: 'search_knowledge',
    displayName: 'Search Knowledge',
    description:
      'Search the knowledge base by meaning and get the best passages with their sources. Use it before answering any question about products, policies, prices or procedures, ' +
      'and answer from what it returns. To fetch one article that you can already name, use lookup_kb.',
    category: 'knowledge',
    agentTypes: everyAgent,
    inputSchema: closedObject(
      {
        query: prose(
          'What to find, as a full question or phrase, with names and facts of the conversation filled in ("refund period for annual plans", not "how long is it").',
          1000,
        ),
        max_results: {
          type: 'integer',
          description: 'How many passages to return at most.',
          minimum: 1,
          maximum: 20,
          default: 5,
        },
        tags: {
          type: 'array',
          description: 'Only passages that carry all of these tags.',
          items: { type: 'string', minLength: 1, maxLength: 100 },
          uniqueItems: true,
          maxItems: 10,
        },
        language: languageTag('Only passages in this language.'),
        updated_since: {
          type: 'string',
          format: 'date',
          description: 'Only passages changed on or after this day, e.g. "2026-01-31".',
        },
      },
      ['query'],
    ),
  },
  {
    name: 'lookup_kb',
    displayName: 'Lookup KB',
    description:
      'Fetch one knowledge-base article whole, by an identifier that you already have: from a search result, from the user or from a link. ' +
      'To find articles on a subject, use search_knowledge.',
    category: 'knowledge',
    agentTypes: everyAgent,
    inputSchema: closedObject(
      {
        key: prose('The identifier of the article, of the kind that key_type names.', 500),
        key_type: {
          type: 'string',
          description: 'What key is. "title" has to be the exact title.',
          enum: ['id', 'slug', 'title', 'url'],
          default: 'id',
        },
        section: prose('Heading of the one section to return instead of the whole article.', 200),
        language: languageTag('The translation to return, where there is one.'),
      },
      ['key'],
    ),
  },
  {
    name: 'send_email',
    displayName: 'Send Email',
    description:
      'Send an e-mail. It goes out at once and cannot be taken back: have the user confirm recipients and content first, unless you act on a standing instruction. ' +
      'Never put passwords, card numbers or other secrets into it.',
    category: 'communication',
    agentTypes: everyAgent,
    inputSchema: closedObject(
      {
        to: addresses('Recipients.', 1),
        cc: addresses('Recipients of a copy, visible to all.', 0),
        bcc: addresses('Recipients of a copy that the others do not see.', 0),
        subject: {
          type: 'string',
          description: 'The subject, on one line.',
          minLength: 1,
          maxLength: 250,
          pattern: '^[^\\r\\n]+$',
        },
        body: prose('The message, complete with greeting and closing.', 100_000),
        body_format: {
          type: 'string',
          description: 'How body is written.',
          enum: ['text', 'markdown', 'html'],
          default: 'text',
        },
        reply_to: {
          type: 'string',
          format: 'email',
          description: 'Where answers go, when not to the sender.',
          maxLength: 254,
        },
      },
      ['to', 'subject', 'body'],
    ),
  },
  {
    name: 'refund_processor',
    displayName: 'Refund Processor',
    description:
      'Pay money back for an order. It moves real money: check first that the order exists, is paid and may be refunded under the policy, and ask for approval with request_human_approval where the policy wants it. ' +
      'A call with the same request_id is carried out once, so repeat it unchanged after a timeout.',
    category: 'operations',
    agentTypes: ['background'],
    inputSchema: closedObject(
      {
        request_id: {
          type: 'string',
          description:
            'A name that you choose for this refund, unique for each refund and the same for each repetition, e.g. a UUID.',
          pattern: '^[A-Za-z0-9._:-]{8,128}$',
        },
        order_id: prose('The order to refund, as the shop names it.', 100),
        amount_minor: {
          type: 'integer',
          description:
            'The amount in the smallest unit of the currency: 1250 is 12.50 EUR, and 1250 JPY.',
          minimum: 1,
          maximum: 100_000_000,
        },
        currency: {
          type: 'string',
          description: 'The currency of the order as an ISO 4217 code, e.g. "EUR".',
          pattern: '^[A-Z]{3}$',
        },
        reason: {
          type: 'string',
          description: 'Why the money goes back.',
          enum: [
            'damaged',
            'not_received',
            'wrong_item',
            'not_as_described',
            'cancelled',
            'duplicate_charge',
            'goodwill',
            'other',
          ],
        },
        method: {
          type: 'string',
          description: 'Where the money goes.',
          enum: ['original_payment', 'store_credit'],
          default: 'original_payment',
        },
        items: {
          type: 'array',
          description: 'The order lines that are refunded. Leave it out to refund by amount alone.',
          items: closedObject(
            {
              line_id: prose('The line of the order.', 100),
              quantity: {
                type: 'integer',
                description: 'How many pieces of it.',
                minimum: 1,
                maximum: 10_000,
              },
            },
            ['line_id', 'quantity'],
          ),
          minItems: 1,
          maxItems: 200,
        },
        note: prose('A remark for the accounts, not shown to the customer.', 1000),
      },
      ['request_id', 'order_id', 'amount_minor', 'currency', 'reason'],
    ),
  },
  {
    name: 'request_human_approval',
    displayName: 'Request Human Approval',
    description:
      'Ask a person to allow an action before you take it: payments, deletions, commitments to a customer, or anything that a rule reserves for people. ' +
      'Wait for the decision and go on only if it is an approval; a request that nobody answers in time counts as refused.',
    category: 'governance',
    agentTypes: everyAgent,
    inputSchema: closedObject(
      {
        action: prose(
          'The action in one sentence, so that a person can say yes or no without further reading.',
          300,
        ),
        justification: prose('Why it is needed, and what happens if it is not done.', 4000),
        risk: {
          type: 'string',
          description:
            '"low": easily undone. "medium": undone with effort. "high": costly or permanent.',
          enum: ['low', 'medium', 'high'],
        },
        tool_call: {
          ...closedObject(
            {
              tool: prose('The name of the tool.', 64),
              arguments: {
                type: 'object',
                description: 'The arguments, exactly as you will send them.',
              },
            },
            ['tool', 'arguments'],
          ),
          description: 'The call that will be made once it is approved, where it is a tool call.',
        },
        approver_group: prose('The group that should decide. Leave it out for the default.', 100),
        expires_in_minutes: {
          type: 'integer',
          description: 'How long the request stays open.',
          minimum: 1,
          maximum: 10_080,
          default: 60,
        },
      },
      ['action', 'justification', 'risk'],
    ),
  },
];
