import { describe, expect, it } from 'vitest';
import { classifyLegacy, type LegacyVerdict } from '../../src/transports/worker/classify-legacy.js';
import { callAnswer } from '../../src/transports/worker/to-answer.js';
import { fault, statement } from './prove.js';

type Row = [result: unknown, outcome: LegacyVerdict['outcome'], detail?: string];

function expectRows(rows: readonly Row[]): void {
  for (const [result, outcome, detail] of rows) {
    const read = classifyLegacy(result);
    expect(read.outcome, JSON.stringify(result)).toBe(outcome);
    if (detail !== undefined) expect(read.detail, JSON.stringify(result)).toBe(detail);
  }
}

const known: Row[] = [
  ['{"success":false}', 'failed', ''],
  ['{"success":null,"message":"Access Denied"}', 'denied', 'Access Denied'],
  ['{"success":false,"error":{"why":"Access denied"}}', 'denied'],
  ['[{"success":false,"error":"access denied"}]', 'denied'],
  ['the log said: permission denied', 'denied', 'the log said: permission denied'],
  ['{"status":403,"detail":"access denied"}', 'ok', ''],
  ['{"success":false,"error":"permission\\ndenied"}', 'failed'],
  ['it is permission\ndenied', 'ok'],
];

describe('how words of a result are read, which decides nothing here', () => {
  statement(37, () => {
    expectRows([
      ['  {"success": false, "error": "no"}', 'failed', 'no'],
      ['\n[{"success": false}]', 'ok'],
      ['{"success": false', 'ok'],
      ['{not json, access denied}', 'denied'],
      ['{"success": NaN, "error": "no"}', 'ok'],
    ]);
    const answer = callAnswer({
      ...{ callId: 'c', outcome: 'OK', result: { success: false, error: 'access denied' } },
      ...{ error: null, status: 200, durationMs: 1, request: null, replayed: false },
    });
    expect(answer.outcome).toBe('ok');
  });

  statement(38, () => {
    expectRows([
      [{ success: false, error: 'you are not authorized' }, 'denied', 'you are not authorized'],
      [{ success: false, message: 'unauthorised' }, 'denied'],
      [{ success: false, error: '', message: 'no such thing' }, 'failed', 'no such thing'],
      [{ success: false, error: null }, 'failed', ''],
      [{ success: false, error: 0, message: 'late' }, 'failed', 'late'],
    ]);
  });

  statement(39, () => {
    expectRows([
      [{ error: 'boom' }, 'ok', ''],
      [{ error: 'Permission denied' }, 'denied', 'Permission denied'],
      [{ success: null, message: 'access denied' }, 'denied'],
      [{ success: null, message: 'late' }, 'ok', ''],
      [{}, 'ok', ''],
    ]);
  });

  statement(40, () => {
    for (const success of [true, 0, 'false', [], 1]) {
      expectRows([[{ success, error: 'access denied' }, 'ok', '']]);
    }
  });

  statement(41, () => {
    expectRows([
      ['access denied', 'denied'],
      ['["access denied"]', 'denied'],
      [['access denied'], 'ok'],
      [Buffer.from('access denied'), 'ok'],
      [null, 'ok'],
      [5, 'ok'],
      ['all is well', 'ok'],
    ]);
  });

  statement(42, () => {
    expectRows([
      ['the role does not have the "write" privilege', 'denied'],
      ['the role does not have the\n privilege', 'ok'],
      ...['ACCESS DENIED', 'Permission Denied', 'not authorised', 'Not Authorized'].map(
        (text): Row => [text, 'denied'],
      ),
      ...['unauthorized', 'UNAUTHORISED'].map((text): Row => [text, 'denied']),
      ['acceſſ denied', 'denied'],
      ['forbidden', 'ok'],
    ]);
  });

  statement(43, () => {
    const long = `access denied ${'é😀'.repeat(150)}`;
    expect(Array.from(classifyLegacy(long).detail)).toHaveLength(200);
    expect(classifyLegacy(long).detail).toBe(Array.from(long).slice(0, 200).join(''));
    expect(classifyLegacy({ success: false, error: long }).detail).toHaveLength(
      classifyLegacy(long).detail.length,
    );
    expect(classifyLegacy('fine').detail).toBe('');
  });

  statement(44, () => expectRows(known));

  it('takes a hostile text no longer than a short one', () => {
    const hostile = 'does not have the '.repeat(60_000);
    expect(classifyLegacy(hostile).outcome).toBe('ok');
    expect(classifyLegacy(`{"error":"${hostile}"}`).outcome).toBe('ok');
  });

  fault(66, () => expectRows(known));
});
