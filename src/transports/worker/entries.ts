import type { Logger } from '../../logger.js';
import type { LogEntry, RequestLog } from '../../messaging/request-log.js';
import { isDisconnect } from '../../storage/is-database-outage.js';
import type { WorkerObserver } from '../../telemetry/worker-observer.js';
import { beginSpan, endSpan, failSpan } from './entry-span.js';
import { gather } from './gather.js';
import { isStoreFailure } from './is-store-failure.js';
import type { Ask, Ended, RequestSource } from './request-source.js';
import { runAsk } from './run-ask.js';
import { type Handled, maxOutages, type RunParts, settlingMs } from './run-parts.js';
import { TenantPlaces } from './tenant-places.js';

export type EntriesOptions = {
  parts: RunParts;
  sources: readonly RequestSource[];
  requests: Pick<RequestLog, 'settle' | 'giveBack' | 'park'>;
  limits: { total: number; perTenant: number };
  observer: WorkerObserver;
  logger: Logger;
  /** Aborts when nothing is waited for any more. */
  signal: AbortSignal;
};

/** An entry in this process's hands. */
type InHand = {
  entry: LogEntry;
  ask: Ask | null;
  /** The tenant that has this place. */
  place: string | null;
  tries: number;
  /** Of the stores, while it was tried. */
  outages: number;
  /** It is to be tried again, later. */
  isPaused: boolean;
  /** The log is being told that it waits. */
  isParking: boolean;
  timer: NodeJS.Timeout | null;
  /** It was run here before, or by somebody else: its job may be known. */
  isAgain: boolean;
  /** Who asks may be told by what was read for an earlier request. */
  mayRecall: boolean;
};
type Known = InHand & { ask: Ask };

/** Deliveries of an entry that ends its process before its job begins. */
const maxDeliveries = 10;
/** Tries while the stores answer others. Jobs count their own attempts, and are given up before that. */
const maxTries = 5;
/** Of this program: they seldom go away. */
const maxTriesOfMistakes = 2;

/**
 * What was read and has not ended, never more than there are places: identified at once, then run, or parked in the log where
 * its tenant has its share here.
 */
export class Entries {
  private readonly inHand = new Map<string, InHand>();
  readonly tenants: TenantPlaces;
  private readonly watchers = new Set<() => void>();
  private readonly parking = gather<string>((tenant, ids) => this.sendParked(tenant, ids));
  /** Kept for what is being asked for. */
  private reserved = 0;
  /** Steps that are under way: one is identified, run, or parked. */
  private busy = 0;
  private isClosed = false;

  constructor(private readonly options: EntriesOptions) {
    this.tenants = new TenantPlaces(options.limits.perTenant);
  }

  /** How many may be asked for now. */
  get free(): number {
    return Math.max(0, this.options.limits.total - this.inHand.size - this.reserved);
  }

  get running(): number {
    return this.busy;
  }

  get waiting(): number {
    return this.paused().length;
  }

  ids(): string[] {
    return [...this.inHand.keys()];
  }

  /** Keeps so many places until disposed. */
  reserve(count: number): Disposable {
    this.reserved += count;
    return {
      [Symbol.dispose]: () => {
        this.reserved -= count;
        this.tell();
      },
    };
  }

  /** Those that nobody had before. */
  acceptNew(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      this.options.observer.count({ what: 'read' });
      this.accept(entry);
    }
  }

  /** `place`: its tenant, where it was parked. */
  accept(entry: LogEntry, place: string | null = null): void {
    const known = this.inHand.get(entry.id);
    if (known && !known.isParking) return;
    // It was parked and comes again before that is known here.
    if (known) this.forget(known);
    const isAgain = entry.attempt > 1;
    const one: InHand = {
      ...{ entry, isAgain, ask: null, place: null, tries: 0, outages: 0 },
      ...{ isPaused: false, isParking: false, timer: null, mayRecall: !isAgain },
    };
    this.inHand.set(entry.id, one);
    if (this.isClosed) {
      void this.giveBack([one]);
      return;
    }
    if (place !== null && this.tenants.takeAgain(place)) one.place = place;
    void this.take(one);
  }

  /** Calls back whenever something has changed. */
  watch(onChange: () => void): Disposable {
    this.watchers.add(onChange);
    return { [Symbol.dispose]: () => void this.watchers.delete(onChange) };
  }

  /** Resolves at a change after which one more may be read or nothing runs any more, or after `waitMs`. */
  changed(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.watchers.delete(look);
        resolve();
      };
      const look = () => {
        if (this.free > 0 || this.busy === 0 || this.isClosed) finish();
      };
      const timer = setTimeout(finish, waitMs);
      this.watchers.add(look);
    });
  }

  /** What has not begun is given back, and everything that comes from now on. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.tell();
    await this.giveBack(this.paused());
  }

  private paused(): InHand[] {
    return [...this.inHand.values()].filter(({ isPaused }) => isPaused);
  }

  private tell(): void {
    for (const watch of [...this.watchers]) watch();
  }

  private async take(one: InHand): Promise<void> {
    const { sources, requests, observer } = this.options;
    const { entry } = one;
    const source = sources.find((each) => each.takes(entry.fields));
    const since = performance.now();
    this.busy += 1;
    try {
      if (!source) throw new Error(`No source takes the entry ${entry.id}.`);
      if (entry.attempt > maxDeliveries) return await this.giveUp(one, source);
      const taken = await source.read(entry, one.mayRecall);
      if (taken.kind === 'ask') {
        this.admit(one, taken.ask);
        return;
      }
      await this.options.parts.persist(() => requests.settle(entry, taken.settlement));
      observer.count({ what: 'rejected', why: taken.why });
      const { deadLetter } = taken.settlement;
      if (deadLetter) observer.count({ what: 'deadLettered', why: deadLetter.reason });
      this.forget(one);
    } catch (error) {
      void this.tryAgain(one, error, { source: source ?? null, since });
    } finally {
      this.busy -= 1;
      this.tell();
    }
  }

  private admit(one: InHand, ask: Ask): void {
    one.ask = ask;
    const { tenant } = ask.actor;
    if (this.isClosed) void this.giveBack([one]);
    else if (this.hasPlace(one, tenant)) void this.run(one as Known);
    else void this.park(one, tenant);
  }

  private hasPlace(one: InHand, tenant: string): boolean {
    if (one.place === tenant) return true;
    this.leavePlace(one);
    if (!this.tenants.take(tenant)) return false;
    one.place = tenant;
    return true;
  }

  private leavePlace(one: InHand): void {
    if (one.place !== null) this.tenants.leave(one.place);
    one.place = null;
  }

  private async park(one: InHand, tenant: string): Promise<void> {
    const { parts, logger } = this.options;
    this.busy += 1;
    one.isParking = true;
    try {
      await this.parking.add(tenant, one.entry.id);
      this.forget(one);
    } catch (err) {
      logger.debug({ err, entryId: one.entry.id }, 'a request could not be parked yet');
      one.isParking = false;
      if (this.inHand.get(one.entry.id) === one) this.later(one, parts.leaseMs / 3);
    } finally {
      this.busy -= 1;
      this.tell();
    }
  }

  private async sendParked(tenant: string, ids: readonly string[]): Promise<void> {
    await this.options.requests.park(this.options.parts.consumer, tenant, ids);
    this.tenants.addParked(tenant);
  }

  private async run(one: Known): Promise<void> {
    const { parts, observer } = this.options;
    const { entry, ask } = one;
    this.busy += 1;
    const since = performance.now();
    const span = beginSpan(observer, { entry, ask, consumer: parts.consumer });
    try {
      const traceHeaders = span?.headers ?? ask.traceHeaders;
      const handled = await runAsk(parts, { entry, ask, isAgain: one.isAgain, traceHeaders });
      endSpan(span, handled);
      this.after(one, handled);
    } catch (error) {
      failSpan(span, error);
      void this.tryAgain(one, error, { source: null, since });
    } finally {
      this.busy -= 1;
      this.tell();
    }
  }

  private after(one: Known, handled: Handled): void {
    if (handled === 'handedBack') void this.giveBack([one]);
    else if (handled === 'unknown') this.takeAnew(one);
    else if (typeof handled === 'object' && 'retryMs' in handled) this.later(one, handled.retryMs);
    else this.forget(one);
    if (typeof handled === 'object' && 'next' in handled) this.acceptNew([handled.next]);
  }

  private takeAnew(one: InHand): void {
    this.leavePlace(one);
    one.ask = null;
    one.mayRecall = false;
    if (this.isClosed) void this.giveBack([one]);
    else void this.take(one);
  }

  private forget(one: InHand): void {
    this.leavePlace(one);
    if (this.inHand.get(one.entry.id) === one) this.inHand.delete(one.entry.id);
    this.tell();
  }

  private later(one: InHand, ms: number): void {
    one.isPaused = true;
    if (this.isClosed) {
      void this.giveBack([one]);
      return;
    }
    one.isAgain = true;
    one.timer = setTimeout(() => {
      this.unpause(one);
      if (!one.ask) void this.take(one);
      else this.admit(one, one.ask);
    }, ms);
  }

  private unpause(one: InHand): void {
    one.isPaused = false;
    clearTimeout(one.timer ?? undefined);
    one.timer = null;
  }

  /** Nothing ran: a store did not answer, or there is a mistake in this program. Never ends in silence. */
  private async tryAgain(
    one: InHand,
    error: unknown,
    { source, since }: { source: RequestSource | null; since: number },
  ): Promise<void> {
    const { logger, observer, parts, sources, signal } = this.options;
    const { entry } = one;
    const isOutage = isStoreFailure(error);
    if (isOutage) observer.count({ what: 'storeFailed' });
    const line = { err: error, entryId: entry.id, tries: one.tries };
    // The watch over the stores says once what is away.
    if (isOutage) logger.debug(line, 'a request could not be run yet');
    else logger.error(line, 'a request failed for a reason that is ours');
    one.isPaused = true;
    const wasAway = await parts.stores.untilUp(since, signal);
    // Given back meanwhile.
    if (!one.isPaused) return;
    const isExcused = isOutage && (wasAway || isDisconnect(error)) && one.outages < maxOutages;
    if (isExcused) {
      one.outages += 1;
      this.later(one, Math.random() * settlingMs);
      return;
    }
    one.tries += 1;
    if (one.tries < (isOutage ? maxTries : maxTriesOfMistakes) || this.isClosed) {
      this.later(one, (parts.leaseMs / 3) * one.tries);
      return;
    }
    this.unpause(one);
    const its = source ?? sources.find((each) => each.takes(entry.fields));
    await (its ? this.giveUp(one, its) : Promise.reject(error)).catch((err: unknown) => {
      // It stays pending and comes again, here or elsewhere, until its deliveries are used up.
      logger.error({ err, entryId: entry.id }, 'a request could not be given up');
      this.forget(one);
    });
  }

  private async giveUp(one: InHand, source: RequestSource): Promise<void> {
    const { parts, requests, observer } = this.options;
    const { entry } = one;
    const why = { kind: 'rejected', code: 'RETRIES_EXHAUSTED' } as const satisfies Ended;
    const settlement = await parts.persist(() => source.giveUp(entry, why));
    await parts.persist(() => requests.settle(entry, settlement));
    observer.count({ what: 'deadLettered', why: settlement.deadLetter?.reason ?? 'none' });
    this.forget(one);
  }

  private async giveBack(some: readonly InHand[]): Promise<void> {
    if (some.length === 0) return;
    for (const one of some) {
      this.unpause(one);
      this.forget(one);
    }
    const { requests, parts, logger } = this.options;
    await requests
      .giveBack(
        parts.consumer,
        some.map(({ entry }) => entry.id),
      )
      .catch((err: unknown) => {
        logger.warn({ err }, 'requests could not be given back: others take them over later');
      });
  }
}
