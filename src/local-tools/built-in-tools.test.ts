import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { isToolName } from '../lib/tool-name.js';
import { builtInTools } from './built-in-tools.js';

const ajv = formats.default(new Ajv2020({ strict: true, allErrors: true }));

/** Per tool: arguments that a model would send, and some that have to be refused. */
const samples: Record<string, { good: object[]; bad: object[] }> = {
  search_knowledge: {
    good: [
      { query: 'refund period for annual plans' },
      {
        query: 'x',
        max_results: 20,
        tags: ['billing'],
        language: 'pt-BR',
        updated_since: '2026-01-31',
      },
    ],
    bad: [{}, { query: '' }, { query: 'x', max_results: 0 }, { query: 'x', updated_since: 'May' }],
  },
  lookup_kb: {
    good: [{ key: 'kb-12' }, { key: 'Returns', key_type: 'title', section: 'Abroad' }],
    bad: [{}, { key: 'x', key_type: 'name' }],
  },
  send_email: {
    good: [{ to: ['ada@example.com'], subject: 'Hello', body: 'Dear Ada' }],
    bad: [
      { to: [], subject: 'x', body: 'x' },
      { to: ['ada'], subject: 'x', body: 'x' },
      { to: ['ada@example.com'], subject: 'x\r\nBcc: eve@example.com', body: 'x' },
      { to: 'ada@example.com', subject: 'x', body: 'x' },
    ],
  },
  transfer_to_human_agent: {
    good: [{ reason: 'complaint', summary: 'Late parcel, wants money back.', priority: 'high' }],
    bad: [{ reason: 'complaint' }, { reason: 'tired', summary: 'x' }],
  },
  end_call: {
    good: [{ reason: 'user_goodbye', closing_message: 'Goodbye!' }],
    bad: [{}, { reason: 'resolved', farewell: 'x' }],
  },
  switch_language: {
    good: [{ language: 'en' }, { language: 'zh-Hant-TW', reason: 'profile', announce: false }],
    bad: [{ language: 'English' }, { language: 'en_US' }, {}],
  },
  set_stt_mode: {
    good: [
      { mode: 'digits', expected_length: 16 },
      { mode: 'general', hints: ['Toolgraph'] },
    ],
    bad: [{ mode: 'loud' }, { mode: 'digits', expected_length: 0 }],
  },
  report_user_language: {
    good: [{ language: 'es-419', confidence: 0.8, evidence: 'buenos días' }],
    bad: [{ language: 'es' }, { language: 'es', confidence: 80 }],
  },
  report_clarification_failure: {
    good: [{ question: 'Which order?', failure: 'no_answer', attempts: 2 }],
    bad: [{ question: 'Which order?', failure: 'no_answer', attempts: 0 }],
  },
  refund_processor: {
    good: [
      {
        request_id: '0b1d8a52-refund-1',
        order_id: 'A-17',
        amount_minor: 1250,
        currency: 'EUR',
        reason: 'damaged',
        items: [{ line_id: '1', quantity: 2 }],
      },
    ],
    bad: [
      {
        request_id: '0b1d8a52',
        order_id: 'A',
        amount_minor: 12.5,
        currency: 'EUR',
        reason: 'other',
      },
      { request_id: '0b1d8a52', order_id: 'A', amount_minor: 1, currency: 'eur', reason: 'other' },
      { order_id: 'A', amount_minor: 1, currency: 'EUR', reason: 'other' },
    ],
  },
  request_human_approval: {
    good: [
      {
        action: 'Refund 900 EUR to order A-17.',
        justification: 'Over the limit of 500 EUR.',
        risk: 'high',
        tool_call: { tool: 'refund_processor', arguments: { order_id: 'A-17' } },
      },
    ],
    bad: [
      { action: 'x', risk: 'low' },
      { action: 'x', justification: 'x', risk: 'low', tool_call: { tool: 'x' } },
    ],
  },
};

describe('the built-in tools', () => {
  it('are the eleven that agents rely on', () => {
    const rows = builtInTools.map(({ name, displayName, category, agentTypes }) =>
      [name, displayName, category, agentTypes.join(', ')].join(' | '),
    );
    expect(rows.sort()).toEqual([
      'end_call | End Call | call_control | voice',
      'lookup_kb | Lookup KB | knowledge | voice, text, background',
      'refund_processor | Refund Processor | operations | background',
      'report_clarification_failure | Report Clarification Failure | operations | voice, text',
      'report_user_language | Report User Language | language | voice, text',
      'request_human_approval | Request Human Approval | governance | voice, text, background',
      'search_knowledge | Search Knowledge | knowledge | voice, text, background',
      'send_email | Send Email | communication | voice, text, background',
      'set_stt_mode | Set STT Mode | language | voice',
      'switch_language | Switch Language | language | voice, text',
      'transfer_to_human_agent | Transfer to Human Agent | call_control | voice, text',
    ]);
  });

  describe.each(builtInTools)('$name', ({ name, description, inputSchema }) => {
    it('has a safe name and a description that fits every provider', () => {
      expect(isToolName(name)).toBe(true);
      expect(description.length).toBeLessThanOrEqual(1024);
    });

    it('has a schema that compiles, closed at its root, with every input described', () => {
      expect(() => ajv.compile(inputSchema)).not.toThrow();
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      for (const property of Object.values(inputSchema.properties as Record<string, object>)) {
        expect(property).toHaveProperty('description');
      }
    });

    it('takes what a model would send', () => {
      const validate = ajv.compile(inputSchema);
      for (const sample of samples[name]?.good ?? []) {
        expect([sample, validate(sample), validate.errors]).toEqual([sample, true, null]);
      }
      expect(samples[name]?.good).not.toHaveLength(0);
    });

    it('refuses what would do harm or nothing', () => {
      const validate = ajv.compile(inputSchema);
      for (const sample of samples[name]?.bad ?? []) {
        expect([sample, validate(sample)]).toEqual([sample, false]);
      }
      expect(samples[name]?.bad).not.toHaveLength(0);
    });
  });
});
