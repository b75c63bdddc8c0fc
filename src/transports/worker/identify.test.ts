import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdentifier, identify, type WorkerDefaults } from './identify.js';

const defaults: WorkerDefaults = { tenant: 'acme', app: 'main', agent: 'helper' };
const record = { user_id: 'ann', guild_id: 'g', channel_id: 'c', platform: 'slack' };

describe('who asks', () => {
  it('is what the session record says', () => {
    const session = { ...record, tenant_id: 'globex', app_id: 'side', agent_id: 'clerk' };
    expect(identify(encode(session), defaults)).toEqual({
      kind: 'identity',
      identity: {
        actor: {
          ...{ tenant: 'globex', app: 'side', subject: 'ann', expiresAt: null },
          scopes: new Set(['tools:call']),
        },
        ...{ agentId: 'clerk', userId: 'ann', guildId: 'g', channelId: 'c', platform: 'slack' },
      },
    });
  });

  it('gets tenant, app and agent of the configuration', () => {
    expect(identify(encode(record), defaults)).toMatchObject({
      identity: { actor: { tenant: 'acme', app: 'main' }, agentId: 'helper' },
    });
  });

  it.each<[object, object]>([
    [{ user_id: 'ann' }, { guildId: '', channelId: '', platform: 'discord' }],
    [
      { ...record, channel_id: '', platform: null },
      { channelId: '', platform: 'discord' },
    ],
    [record, { guildId: 'g', channelId: 'c', platform: 'slack' }],
    [
      { user_id: 2n ** 60n, guild_id: 5 },
      { userId: '1152921504606846976', guildId: '5' },
    ],
    [{ ...record, user_aliases: ['x'], other: { deep: [1] } }, { userId: 'ann' }],
  ])('from %o is %o', (session, expected) => {
    const bytes = encode(session, { useBigInt64: true });
    expect(identify(bytes, defaults)).toMatchObject({ identity: expected });
  });
});

describe('nobody is identified', () => {
  it.each<[string, Uint8Array | null]>([
    ['no record', null],
    ['an empty map', encode({})],
    ['a record without a user', encode({ ...record, user_id: '' })],
    ['a nil user', encode({ ...record, user_id: null })],
    ['white space for a user', encode({ ...record, user_id: '  ' })],
    ['a list for a user', encode({ ...record, user_id: ['ann'] })],
    ['a user with a line feed', encode({ ...record, user_id: 'ann\nadmin' })],
    ['a very long user', encode({ ...record, user_id: 'x'.repeat(201) })],
    ['a number for a platform that is no integer', encode({ ...record, platform: 1.5 })],
    ['a map for a guild', encode({ ...record, guild_id: {} })],
    ['a tenant with a comma', encode({ ...record, tenant_id: 'a,b' })],
    ['an agent with a control character', encode({ ...record, agent_id: 'a\u0000' })],
    ['a list', encode(['ann'])],
    ['a text', encode('ann')],
    ['nothing', new Uint8Array(0)],
    ['bytes cut off', encode(record).subarray(0, 10)],
    ['a header of 4 GiB', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ['60,000 levels beside a good user', deepRecord(60_000)],
    ['too much', encode({ ...record, padding: 'x'.repeat(70_000) })],
  ])('by %s', (_, session) => {
    expect(identify(session, defaults)).toMatchObject({ kind: 'refused' });
  });

  it.each([{ tenant: null }, { agent: null }])('where the configuration lacks %o', (missing) => {
    const lacking = { ...defaults, ...missing };
    expect(identify(encode(record), lacking)).toMatchObject({ kind: 'refused' });
  });

  it('by any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(identify(bytes, defaults).kind).toBe('refused');
      }),
    );
  });
});

describe('a record that is looked at again', () => {
  const asAnn = { identity: { userId: 'ann' } };

  it('says the same while it is the same', () => {
    const { identify: identifyAgain } = createIdentifier(defaults);
    const bytes = encode(record);
    const first = identifyAgain('t', bytes);
    bytes.fill(0);
    expect(first).toMatchObject(asAnn);
    expect(identifyAgain('t', encode(record))).toEqual(identify(encode(record), defaults));
  });

  it.each<[string, Uint8Array | null, object]>([
    ['gone', null, { kind: 'refused' }],
    ['for somebody else', encode({ ...record, user_id: 'bob' }), { identity: { userId: 'bob' } }],
    ['for nobody', encode({ ...record, user_id: '' }), { kind: 'refused' }],
    ['for another tenant', encode({ ...record, tenant_id: 'globex' }), { kind: 'identity' }],
  ])('does not hold when it is %s', (_, session, told) => {
    const { identify: identifyAgain } = createIdentifier(defaults);
    expect(identifyAgain('t', encode(record))).toMatchObject(asAnn);
    expect(identifyAgain('t', session)).toMatchObject(told);
    expect(identifyAgain('t', session)).toEqual(identify(session, defaults));
    expect(identifyAgain('t', encode(record))).toMatchObject(asAnn);
  });
});

describe('who is recalled', () => {
  it('is who was found by the last record under the trace id, with that record', () => {
    const { identify: identifyAgain, recall } = createIdentifier(defaults);
    expect(recall('t')).toBeNull();
    identifyAgain('t', encode(record));
    expect(recall('t')).toMatchObject({ identity: { userId: 'ann' } });
    expect(recall('t')?.session).toEqual(encode(record));
    expect(recall('another')).toBeNull();
    identifyAgain('t', encode({ ...record, user_id: 'bob' }));
    expect(recall('t')).toMatchObject({ identity: { userId: 'bob' } });
  });

  it('is nobody where the last record said nobody, or was too long to be kept', () => {
    const { identify: identifyAgain, recall } = createIdentifier(defaults);
    identifyAgain('t', encode({ ...record, user_id: '' }));
    expect(recall('t')).toBeNull();
    identifyAgain('long', encode({ ...record, note: 'x'.repeat(2000) }));
    expect(recall('long')).toBeNull();
  });
});

function deepRecord(levels: number): Uint8Array {
  const start = [Uint8Array.of(0x82), encode('other'), Buffer.alloc(levels, 0x91), encode(1)];
  return Buffer.concat([...start, encode('user_id'), encode('ann')]);
}
