import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createReconnectPace } from './reconnect-pace.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a reconnect', () => {
  it('waits as long as the server asks for', () => {
    const pace = createReconnectPace({ isBounded: () => false });
    const reconnect = vi.fn();
    pace.schedule(reconnect, 500);
    vi.advanceTimersByTime(499);
    expect(reconnect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(reconnect).toHaveBeenCalledTimes(1);
  });

  it('waits longer and longer where a server breaks its stream off at once again and again', () => {
    const pace = createReconnectPace({ isBounded: () => false });
    let count = 0;
    const again = (): void => {
      count += 1;
      pace.schedule(again, 0);
    };
    pace.schedule(again, 0);
    vi.advanceTimersByTime(60_000);
    expect(count).toBeLessThan(15);
  });

  it('waits no longer than a minute, whatever the server asks for', () => {
    const pace = createReconnectPace({ isBounded: () => false });
    const reconnect = vi.fn();
    pace.schedule(reconnect, 1e9);
    vi.advanceTimersByTime(60_000);
    expect(reconnect).toHaveBeenCalledTimes(1);
  });

  it('of a call is not slowed down, as the call ends in time', () => {
    const pace = createReconnectPace({ isBounded: () => true });
    const reconnect = vi.fn();
    for (let i = 0; i < 20; i += 1) pace.schedule(reconnect, 0);
    vi.advanceTimersByTime(20);
    expect(reconnect).toHaveBeenCalledTimes(20);
  });

  it('is taken back alone or with all others', () => {
    const pace = createReconnectPace({ isBounded: () => false });
    const reconnect = vi.fn();
    pace.schedule(reconnect, 10)();
    pace.schedule(reconnect, 10);
    pace.stop();
    pace.schedule(reconnect, 10);
    vi.advanceTimersByTime(120_000);
    expect(reconnect).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
