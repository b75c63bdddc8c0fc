import { expect, it } from 'vitest';
import { TenantPlaces } from './tenant-places.js';

it('gives no tenant more than its share', () => {
  const places = new TenantPlaces(2);
  expect([1, 2, 3].map(() => places.take('a'))).toEqual([true, true, false]);
  expect(places.take('b')).toBe(true);
  places.leave('a');
  expect(places.take('a')).toBe(true);
  expect(places.take('a')).toBe(false);
});

it('knows the room of each tenant', () => {
  const places = new TenantPlaces(3);
  for (const tenant of ['a', 'a', 'b', 'c']) places.take(tenant);
  places.leave('c');
  expect(places.rooms()).toEqual({
    each: 3,
    of: new Map([
      ['a', 1],
      ['b', 2],
    ]),
  });
  expect(places.roomOf('nobody')).toBe(3);
});

it('lets no request pass those of its tenant that are parked', () => {
  const places = new TenantPlaces(1);
  places.setParked(['b']);
  places.addParked('a');
  expect([places.take('a'), places.take('b'), places.take('c')]).toEqual([false, false, true]);
  expect(places.takeAgain('a')).toBe(true);
  expect(places.takeAgain('a')).toBe(false);
  expect(places.hasRoomForParked()).toBe(true);
  places.setParked(['a']);
  expect(places.hasRoomForParked()).toBe(false);
  expect(places.take('b')).toBe(true);
});
