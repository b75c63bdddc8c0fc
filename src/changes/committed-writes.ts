import type { EntityManager } from '@mikro-orm/postgresql';

type Listener = (tenant: string, revision: string) => void;

const listeners = new WeakMap<object, Set<Listener>>();

/**
 * Hears of every catalog write that this process commits to the database of `em`, before whoever made it does. Other
 * processes' writes are not told.
 */
export function onCommittedWrite(em: EntityManager, listener: Listener): Disposable {
  const driver = em.getDriver();
  const known = listeners.get(driver) ?? new Set();
  listeners.set(driver, known);
  known.add(listener);
  return { [Symbol.dispose]: () => known.delete(listener) };
}

export function tellCommittedWrite(em: EntityManager, tenant: string, revision: string): void {
  for (const listener of listeners.get(em.getDriver()) ?? []) listener(tenant, revision);
}
