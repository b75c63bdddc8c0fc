import { describe, expect, it } from 'vitest';
import { openPolicy, parsePolicy } from './policy.js';

describe('a policy', () => {
  const policy = parsePolicy(
    JSON.stringify({
      tool_permissions: {
        delete_pet: ['ann', 'ben'],
        'admin_*': ['ann'],
        'admin_read*': ['*'],
        admin_read_secrets: [],
        '*': ['ann', 'cid'],
      },
      privileged_tools: ['shell', 'db_*'],
    }),
  );

  it.each([
    ['delete_pet', 'ann', true],
    ['delete_pet', 'cid', false],
    ['admin_write', 'ann', true],
    ['admin_write', 'ben', false],
    ['admin_read', 'ben', true],
    ['admin_read_logs', 'anybody', true],
    ['admin_read_secrets', 'ann', false],
    ['other', 'cid', true],
    ['other', 'ben', false],
    ['constructor', 'cid', true],
    ['__proto__', 'ben', false],
  ])('lets %s be called by %s: %s', (tool, user, isAllowed) => {
    expect(policy.isAllowed(tool, user)).toBe(isAllowed);
  });

  it.each([
    ['shell', true],
    ['shell2', false],
    ['db_drop', true],
    ['db', false],
  ])('watches %s: %s', (tool, isPrivileged) => {
    expect(policy.isPrivileged(tool)).toBe(isPrivileged);
  });

  it('of which nothing is said lets everybody call everything', () => {
    for (const open of [openPolicy, parsePolicy('{}')]) {
      expect(open.isAllowed('any', 'body')).toBe(true);
      expect(open.isPrivileged('any')).toBe(false);
    }
  });
});

describe('a policy that is wrong', () => {
  it.each([
    ['', 'is no JSON'],
    ['{', 'is no JSON'],
    ['[]', '/: Invalid input: expected object'],
    ['null', '/: Invalid input: expected object'],
    ['{"tool_permissions":{"a":"ann"}}', '/tool_permissions/a: Invalid input: expected array'],
    ['{"tool_permissions":{"a":[1]}}', '/tool_permissions/a/0: Invalid input: expected string'],
    ['{"tool_permissions":{"a*b":[]}}', 'expected * at the end only'],
    ['{"privileged_tools":[""]}', '/privileged_tools/0: expected a tool, or a prefix and *'],
    ['{"privileged_tools":"x"}', '/privileged_tools: Invalid input: expected array'],
    ['{"permissions":{}}', 'Unrecognized key: "permissions"'],
  ])('%s is refused with a sentence', (text, sentence) => {
    expect(() => parsePolicy(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(sentence),
      }),
    );
  });
});
