import { describe, expect, it } from 'vitest';
import { coversResource, requireSecureUrl, toResource, toWellKnown } from './oauth-url.js';

describe('requireSecureUrl', () => {
  it.each([
    'https://auth.example.com/token',
    'http://localhost:3000/token',
    'http://127.0.0.1/token',
    'http://[::1]:8080/token',
    'http://mcp.internal:3000/token',
  ])('takes %s', (url) => {
    expect(requireSecureUrl(url, 'It', 'http://mcp.internal:3000')).toBe(url);
  });

  it.each([
    'http://auth.example.com/token',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'http://mcp.internal:3001/token',
    'ftp://auth.example.com/',
    'javascript:alert(1)',
    'https://user:pass@auth.example.com/',
    '/token',
    '',
  ])('refuses %j', (url) => {
    expect(() => requireSecureUrl(url, 'It', 'http://mcp.internal:3000')).toThrow(/^It /);
  });
});

describe('coversResource', () => {
  const server = 'https://mcp.example.com/a/b';
  it.each([
    ['https://mcp.example.com/a/b', true],
    ['https://mcp.example.com/a/b/', true],
    ['https://mcp.example.com/a', true],
    ['https://mcp.example.com', true],
    ['https://mcp.example.com/a/b/c', false],
    ['https://mcp.example.com/a/bc', false],
    ['https://mcp.example.com/x', false],
    ['https://mcp.example.com:444/a/b', false],
    ['http://mcp.example.com/a/b', false],
    ['https://mcp.example.com.evil.com/a/b', false],
    ['https://mcp.example.com/a/b#c', false],
    ['nonsense', false],
  ])('%s: %s', (resource, isCovered) => {
    expect(coversResource(resource, server)).toBe(isCovered);
  });
});

describe('canonical URLs', () => {
  it.each([
    ['https://MCP.example.com/', 'https://mcp.example.com'],
    ['https://mcp.example.com:443/mcp#x', 'https://mcp.example.com/mcp'],
    ['https://mcp.example.com/mcp/?a=1', 'https://mcp.example.com/mcp/?a=1'],
  ])('%s is the resource %s', (url, resource) => {
    expect(toResource(url)).toBe(resource);
  });

  it('puts the well-known part between host and path', () => {
    const name = 'oauth-protected-resource';
    expect(toWellKnown(name, 'https://a.b/c/d/')).toBe(`https://a.b/.well-known/${name}/c/d`);
    expect(toWellKnown(name, 'https://a.b')).toBe(`https://a.b/.well-known/${name}`);
  });
});
