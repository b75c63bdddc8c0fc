import { describe, expect, it } from 'vitest';
import { type Hop, planRedirect } from './plan-redirect.js';

const post: Hop = {
  url: new URL('https://api.example/a'),
  method: 'POST',
  headers: {
    accept: 'application/json',
    'user-agent': 'toolgraph',
    authorization: 'Bearer x',
    cookie: 'a=b',
    'x-api-key': 'k',
    'content-type': 'application/json',
  },
  body: '{}',
};
const get: Hop = { ...post, method: 'GET', body: null };

describe('planRedirect', () => {
  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', 'PUT'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
  ])('after %i a %s goes on as %s', (status, method, expected) => {
    const next = planRedirect({ ...post, method }, status, '/b');
    expect(next).toMatchObject({ method: expected, body: expected === 'GET' ? null : '{}' });
    expect(next?.url.href).toBe('https://api.example/b');
    expect('content-type' in (next?.headers ?? {})).toBe(expected !== 'GET');
    expect(next?.headers.authorization).toBe('Bearer x');
  });

  it.each([
    'https://other.example/b',
    '//other.example/b',
    'http://api.example/b',
    'https://api.example:8443/b',
    'https://api.example.evil.example/',
  ])('takes no header of the caller but Accept and User-Agent along to %s', (location) => {
    expect(planRedirect(get, 302, location)?.headers).toEqual({
      accept: 'application/json',
      'user-agent': 'toolgraph',
    });
  });

  it('sends no body to another origin', () => {
    expect(() => planRedirect(post, 307, 'https://other.example/')).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_FAILED' }),
    );
    expect(planRedirect(post, 303, 'https://other.example/')).toMatchObject({ body: null });
  });

  it.each<[number, string | undefined]>([
    [200, '/b'],
    [300, '/b'],
    [304, '/b'],
    [302, undefined],
  ])('is no redirect: %i to %s', (status, location) => {
    expect(planRedirect(get, status, location)).toBeNull();
  });

  it('refuses a location that is no URL', () => {
    expect(() => planRedirect(get, 302, 'http://[')).toThrow(
      /redirects to something that is no URL/,
    );
  });
});
