import { describe, expect, it } from 'vitest';
import { parseBearerChallenge } from './parse-challenge.js';

const metadata = 'https://mcp.example.com/.well-known/oauth-protected-resource';

describe('parseBearerChallenge', () => {
  it.each([
    ['', { error: null, scopes: [], resourceMetadata: null }],
    ['Bearer', { error: null, scopes: [], resourceMetadata: null }],
    [
      `Bearer resource_metadata="${metadata}", scope="files:read files:write"`,
      { error: null, scopes: ['files:read', 'files:write'], resourceMetadata: metadata },
    ],
    [
      `bearer error="insufficient_scope",scope=admin , resource_metadata = "${metadata}"`,
      { error: 'insufficient_scope', scopes: ['admin'], resourceMetadata: metadata },
    ],
    [
      `Basic realm="a, Bearer scope=\\"no\\"", Bearer realm="x", scope="a a b"`,
      { error: null, scopes: ['a', 'b'], resourceMetadata: null },
    ],
    [
      `Bearer scope="one", DPoP algs="ES256", scope="two"`,
      { error: null, scopes: ['one'], resourceMetadata: null },
    ],
    [
      'Negotiate YII=, Bearer error="invalid_token"',
      { error: 'invalid_token', scopes: [], resourceMetadata: null },
    ],
  ])('reads %s', (header, challenge) => {
    expect(parseBearerChallenge(header)).toEqual(challenge);
  });

  it('reads a long hostile header in no time', () => {
    const header = `Bearer ${'a'.repeat(20_000)}${' ,'.repeat(20_000)}"`;
    expect(parseBearerChallenge(header).scopes).toEqual([]);
  });
});
