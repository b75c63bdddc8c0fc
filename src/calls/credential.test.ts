import { describe, expect, it } from 'vitest';
import { parseInput } from '../lib/parse-input.js';
import { CredentialInput } from './credential.js';

describe('CredentialInput', () => {
  it.each<[Record<string, unknown>]>([
    [{ kind: 'apiKey', value: 'k' }],
    [{ kind: 'bearer', value: 't' }],
    [{ kind: 'basic', username: 'u', password: '' }],
    [{ kind: 'basic', username: '' }],
    [{ kind: 'oauth2', value: 't' }],
    [
      {
        kind: 'oauth2',
        clientId: 'c',
        clientSecret: 's',
        tokenUrl: 'https://x/t',
        scopes: ['a:b'],
      },
    ],
  ])('takes %j', (fields) => {
    expect(parseInput(CredentialInput, { scheme: 'x', ...fields })).toEqual({
      scheme: 'x',
      ...fields,
    });
  });

  it('takes null for left out', () => {
    const given = { scheme: 'x', kind: 'apiKey', value: 'k', username: null, scopes: null };
    expect(parseInput(CredentialInput, given)).toEqual({ scheme: 'x', kind: 'apiKey', value: 'k' });
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ kind: 'apiKey' }, /^value: is missing\.$/],
    [{ kind: 'apiKey', value: '' }, /^value: is empty/],
    [{ kind: 'apiKey', value: 'a\r\nb' }, /^value: holds a line break/],
    [{ kind: 'apiKey', value: 'k', username: 'u' }, /^username: does not belong to .*"apiKey"/],
    [{ kind: 'basic' }, /^username: is missing/],
    [{ kind: 'basic', username: 'a:b' }, /^username: holds a colon/],
    [{ kind: 'basic', username: 'a\0' }, /^username: holds a control character/],
    [{ kind: 'oauth2' }, /^clientId: is missing .*; clientSecret: is missing/],
    [{ kind: 'oauth2', value: 't', clientId: 'c' }, /^value: is a token/],
    [
      { kind: 'oauth2', clientId: 'c', clientSecret: 's', tokenUrl: 'file:///x' },
      /^tokenUrl: is not an absolute http or https URL/,
    ],
    [{ kind: 'oauth2', clientId: 'c', clientSecret: 's', scopes: ['a b'] }, /^scopes\.0: is not/],
    [{ kind: 'other', value: 'k' }, /^kind: /],
    [{ kind: 'apiKey', value: 'k', unknown: 1 }, /unknown/],
  ])('refuses %j', (fields, message) => {
    expect(() => parseInput(CredentialInput, { scheme: 'x', ...fields })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringMatching(message) }),
    );
  });
});
