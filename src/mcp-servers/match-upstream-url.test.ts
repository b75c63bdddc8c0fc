import { describe, expect, it } from 'vitest';
import { matchesUpstreamUrl, parseUpstreamTemplate } from './match-upstream-url.js';

function matches(template: string, url: string): boolean {
  const parsed = parseUpstreamTemplate(template);
  if (!parsed) throw new Error(`${template} is no template`);
  return matchesUpstreamUrl(new URL(url), parsed);
}

describe('a URL', () => {
  it.each([
    ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp', true],
    ['https://mcp.example.com/mcp', 'https://MCP.Example.com:443/mcp', true],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com./mcp', true],
    ['https://*.example.com/mcp', 'https://a.example.com/mcp', true],
    ['https://a-*.example.com/mcp', 'https://a-17.example.com/mcp', true],
    ['https://*-eu.example.com/mcp', 'https://a-us.example.com/mcp', false],
    ['https://a*b*c.example.com/', 'https://abbc.example.com', true],
    ['https://a*b*c.example.com/', 'https://ac.example.com', false],
    ['https://aba*aba.example.com/', 'https://aba.example.com', false],
    ['https://*.example.com/mcp', 'https://a.b.example.com/mcp', false],
    ['https://*.example.com/mcp', 'https://example.com/mcp', false],
    ['https://mcp.example.com/mcp', 'http://mcp.example.com/mcp', false],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com:22/mcp', false],
    ['https://mcp.example.com:8443/mcp', 'https://mcp.example.com:8443/mcp', true],
    ['https://mcp.example.com:8443/mcp', 'https://mcp.example.com/mcp', false],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp/', false],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp/../admin', false],
    ['https://mcp.example.com', 'https://mcp.example.com/', true],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp?workspace=7', true],
    ['https://mcp.example.com/mcp', 'https://me@mcp.example.com/mcp', false],
    ['https://mcp.example.com/mcp', 'https://me:pw@mcp.example.com/mcp', false],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com@evil.example/mcp', false],
    ['https://mcp.example.com/mcp', 'https://mcp.example.com.evil.example/mcp', false],
    ['http://[::1]:9/mcp', 'http://[::1]:9/mcp', true],
    ['http://127.0.0.1:9/mcp', 'http://0x7f.1:9/mcp', true],
  ])('%s lets %s: %s', (template, url, isMatch) => {
    expect(matches(template, url)).toBe(isMatch);
  });
});

it.each([
  'https://**.example.com/',
  'https://me@example.com/',
  'https://example.com/*',
  'https://example.com/mcp?x=1',
  'https://example.com/mcp#x',
  'ftp://example.com/',
  '*',
  'https://',
  'https://example.com:99999/',
  'example.com',
  '',
])('%j is no template', (text) => {
  expect(parseUpstreamTemplate(text)).toBeNull();
});
