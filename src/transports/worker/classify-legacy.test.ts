import { describe, expect, it } from 'vitest';
import { classifyLegacy } from './classify-legacy.js';

const errorMap = { error: { reason: 'Access denied' }, success: false };

describe('the words of a result', () => {
  it.each<[unknown, string, string?]>([
    ['{"success":false}', 'failed', ''],
    ['{"success":null,"message":"Access Denied"}', 'denied', 'Access Denied'],
    [JSON.stringify(errorMap), 'denied', '{"reason":"Access denied"}'],
    ['[{"success":false,"error":"access denied"}]', 'denied'],
    ['the log said: permission denied', 'denied', 'the log said: permission denied'],
    ['{"status":403,"detail":"access denied"}', 'ok', ''],
    ['access\ndenied', 'ok'],
    ['user does not have the\nright privilege', 'ok'],
    ['{"error":"boom"}', 'ok', ''],
    ['{"success":false,"error":"boom"}', 'failed', 'boom'],
    ['{"success":false,"error":"","message":"boom"}', 'failed', 'boom'],
    ['{"success":false,"error":{},"message":"boom"}', 'failed', 'boom'],
    ['{"success":true,"error":"access denied"}', 'ok'],
    ['{"success":0,"error":"access denied"}', 'ok'],
    ['{"success":"false","error":"access denied"}', 'ok'],
    ['{"error":"You are not authorised"}', 'denied'],
    ['  \n {"success":false}', 'failed'],
    ['\uFEFF{"success":false}', 'ok'],
    ['{"success":false', 'ok'],
    ['{"success":false,"score":NaN,"error":"boom"}', 'failed', 'boom'],
    ['{"success":false,"low":-Infinity,"note":"NaN"}', 'failed'],
    ['{"\\u0073uccess":false,"error":"boom"}', 'failed', 'boom'],
    ['{"message":"access \\u0064enied"}', 'denied', 'access denied'],
    ['Acceſſ Denied', 'denied'],
    [{ success: false, message: 'no' }, 'failed', 'no'],
    [{ error: 'UNAUTHORIZED' }, 'denied', 'UNAUTHORIZED'],
    [[{ success: false, error: 'access denied' }], 'ok'],
    [new Uint8Array(3), 'ok'],
    [null, 'ok'],
    [undefined, 'ok'],
    [5, 'ok'],
    ['', 'ok'],
  ])('%j → %s', (result, outcome, detail) => {
    const verdict = classifyLegacy(result);
    expect(verdict.outcome).toBe(outcome);
    if (detail !== undefined) expect(verdict.detail).toBe(detail);
  });

  it.each([
    'It does not have the admin privilege for this.',
    'DOES NOT HAVE THE x PRIVILEGE',
    'Access Denied',
    'permission denied.',
    'not authorized',
    'Not Authorised',
    'unauthorised',
    'Unauthorized',
    'acceſs denied',
    'does not have the \u2028 privilege',
    'does not have the \r privilege',
  ])('%j is a denial', (text) => {
    expect(classifyLegacy(text).outcome).toBe('denied');
  });

  it.each(['denied', 'access was denied', 'authorized', 'does not have a privilege', 'forbidden'])(
    '%j is none',
    (text) => {
      expect(classifyLegacy(text).outcome).toBe('ok');
    },
  );

  it('tells the first 200 characters, none of them cut in half', () => {
    const { detail } = classifyLegacy({ success: false, error: '😀'.repeat(300) });
    expect(detail).toBe('😀'.repeat(200));
  });

  it('reads the first 16 KiB', () => {
    const filler = 'x'.repeat(16 * 1024);
    expect(classifyLegacy(`access denied ${filler}`).outcome).toBe('denied');
    expect(classifyLegacy(`${filler} access denied`).outcome).toBe('ok');
  });

  it('ends on hostile texts', () => {
    const hostile = 'does not have the '.repeat(100_000);
    expect(classifyLegacy(hostile).outcome).toBe('ok');
    expect(classifyLegacy(`{${'"'.repeat(16_000)}`).outcome).toBe('ok');
    expect(classifyLegacy('['.repeat(16_000)).outcome).toBe('ok');
  });
});
