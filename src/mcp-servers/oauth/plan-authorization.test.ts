import { describe, expect, it } from 'vitest';
import { type AuthorizationFacts, planAuthorization } from './plan-authorization.js';

const facts: AuthorizationFacts = {
  header: 'Bearer a',
  endsInMs: 600_000,
  lifetimeSeconds: 3_600,
  stale: null,
  isChallenged: false,
  wantsMoreScope: false,
  isRenewable: true,
  isEndpointKnown: true,
};

describe('planAuthorization', () => {
  it.each<[string, Partial<AuthorizationFacts>, string]>([
    ['a token that lasts', {}, 'use'],
    ['a token without an end', { endsInMs: null }, 'use'],
    ['a token that is about to end', { endsInMs: 59_000 }, 'try-renew'],
    [
      'a token of unknown life that is about to end',
      { endsInMs: 29_000, lifetimeSeconds: null },
      'try-renew',
    ],
    ['a short token in its first half', { endsInMs: 15_000, lifetimeSeconds: 30 }, 'use'],
    ['a token that has ended', { endsInMs: -1 }, 'renew'],
    ['an ended token that nothing renews', { endsInMs: -1, isRenewable: false }, 'use'],
    ['a refused token', { stale: 'Bearer a', isChallenged: true }, 'renew'],
    ['a refusal of the token before', { stale: 'Bearer b', isChallenged: true }, 'use'],
    ['a refused token that nothing renews', { stale: 'Bearer a', isRenewable: false }, 'person'],
    ['a token that may do too little', { stale: 'Bearer a', wantsMoreScope: true }, 'step-up'],
    ['no token but what gives one', { header: null }, 'renew'],
    ['no token and no place to ask', { header: null, isEndpointKnown: false }, 'none'],
    [
      'no token, until the server says where to ask',
      { header: null, isEndpointKnown: false, isChallenged: true },
      'renew',
    ],
    ['nothing at all', { header: null, isRenewable: false }, 'none'],
    [
      'nothing for a server that asks',
      { header: null, isRenewable: false, isChallenged: true },
      'person',
    ],
  ])('%s', (_, given, plan) => {
    expect(planAuthorization({ ...facts, ...given })).toBe(plan);
  });
});
