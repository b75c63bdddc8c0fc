import { describe, expect, it } from 'vitest';
import { type ErrorDetails, errorCodes } from '../errors.js';
import { errorTable, httpStatusOf } from './error-table.js';

describe('httpStatusOf', () => {
  it.each([
    ['INVALID_INPUT', {}, 422],
    ['INVALID_INPUT', { header: 'x-tenantId' }, 400],
    ['LIMIT_EXCEEDED', {}, 413],
    ['LIMIT_EXCEEDED', { retryAfterSeconds: 3 }, 429],
    ['NOT_FOUND', { header: 'x-tenantId' }, 404],
    ['NOT_CONFIGURED', {}, 503],
  ] as [keyof typeof errorTable, ErrorDetails, number][])(
    'answers %s with %j as %i',
    (code, details, status) => {
      expect(httpStatusOf({ code, details })).toBe(status);
    },
  );
});

describe('errorTable', () => {
  it('answers every code with a failing status', () => {
    expect(Object.keys(errorTable).sort()).toEqual([...errorCodes].sort());
    for (const { http } of Object.values(errorTable)) expect(http).toBeGreaterThanOrEqual(400);
  });

  it('retries only what the other side broke', () => {
    const retried = errorCodes.filter((code) => errorTable[code].retry);
    expect(retried).toEqual(['UPSTREAM_FAILED', 'UPSTREAM_TIMEOUT']);
  });
});
