import { describe, expect, it } from 'vitest';
import type { ServerPlan } from '../../openapi/types.js';
import { chooseServer } from './choose-server.js';

function chosen(servers: ServerPlan[], baseUrl = '', isBaseUrlGiven = false): string {
  const plan = { servers, parameters: [], body: null, accept: [], security: [] };
  const { origin, basePath, query } = chooseServer({ name: 'x', plan, baseUrl, isBaseUrlGiven });
  return `${origin}${basePath}${query === '' ? '' : `?${query}`}`;
}

const plain = (url: string): ServerPlan => ({ url, variables: {} });
const region: ServerPlan = {
  url: 'https://{region}.api.test:{port}/v{version}',
  variables: {
    region: { default: 'eu', enum: ['eu', 'us'] },
    port: { default: '8443' },
    version: { default: '2' },
  },
};

describe('chooseServer', () => {
  it.each<[string, string, ServerPlan[], string, boolean]>([
    [
      'a given base URL before the document',
      'https://mine.test/x',
      [region],
      'https://mine.test/x/',
      true,
    ],
    [
      'the first server of the document',
      'https://a.test',
      [plain('https://a.test'), plain('https://b.test')],
      'https://c.test',
      false,
    ],
    ['variables at their defaults', 'https://eu.api.test:8443/v2', [region], '', false],
    [
      'the next server for a relative one',
      'https://b.test',
      [plain('/api'), plain('https://b.test')],
      '',
      false,
    ],
    [
      'the next server for one with an open variable',
      'https://b.test',
      [plain('https://{x}.test'), plain('https://b.test')],
      '',
      false,
    ],
    [
      'the next server for one with userinfo',
      'https://b.test',
      [plain('https://b.test@evil.test'), plain('https://b.test')],
      '',
      false,
    ],
    [
      'the next server for one of another scheme',
      'https://b.test',
      [plain('ftp://a.test'), plain('https://b.test')],
      '',
      false,
    ],
    [
      'the base URL of the document where no server is absolute',
      'http://c.test/v1',
      [plain('/api')],
      'http://c.test/v1',
      false,
    ],
    ['the query of a server', 'https://a.test/x?k=1', [plain('https://a.test/x?k=1#f')], '', false],
  ])('takes %s', (_, expected, servers, baseUrl, isGiven) => {
    expect(chosen(servers, baseUrl, isGiven)).toBe(expected);
  });

  it.each<[string, ServerPlan[], string, boolean]>([
    ['nothing', [], '', false],
    ['a relative server', [plain('/api')], '/api', false],
    ['an open variable', [plain('https://{x}.test')], '', false],
    [
      'a variable that makes userinfo',
      [{ url: 'https://{u}api.test', variables: { u: { default: 'me:pw@' } } }],
      '',
      false,
    ],
  ])('asks for a base URL where there is %s', (_, servers, baseUrl, isGiven) => {
    expect(() => chosen(servers, baseUrl, isGiven)).toThrow(
      expect.objectContaining({
        code: 'NOT_CONFIGURED',
        message: expect.stringContaining('Set a base URL for its API.'),
      }),
    );
  });
});
