import type { EntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '../logger.js';
import { readRevision } from './current-revision.js';
import { readLogs } from './read-log.js';
import { TenantLog } from './tenant-log.js';

const batchSize = 500;

/** The logs that somebody follows, read in one statement for all that have news. */
export class TenantLogs {
  private readonly logs = new Map<string, TenantLog>();
  private reading: Promise<void> | null = null;
  private isClosed = false;

  constructor(
    private readonly options: { fork(): EntityManager; logger: Logger; maxChanges: number },
  ) {}

  tenants(): Iterable<string> {
    return this.logs.keys();
  }

  /** Keeps the tenant's log up to date until it is released as often as it was held. */
  hold(tenant: string): TenantLog {
    const log = this.logs.get(tenant) ?? this.open(tenant);
    log.followers += 1;
    return log;
  }

  release(log: TenantLog): void {
    log.followers -= 1;
    if (log.followers === 0 && this.logs.get(log.tenant) === log) this.logs.delete(log.tenant);
  }

  announce(tenant: string, revision: string): void {
    this.logs.get(tenant)?.announce(BigInt(revision));
    this.readNews();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const log of this.logs.values()) log.wakeAll();
    await this.reading;
  }

  private open(tenant: string): TenantLog {
    const { fork, maxChanges } = this.options;
    const log = new TenantLog(tenant, maxChanges, readRevision(fork(), tenant));
    this.logs.set(tenant, log);
    const forget = () => {
      if (this.logs.get(tenant) === log) this.logs.delete(tenant);
    };
    log.ready.then(() => this.readNews(), forget);
    return log;
  }

  private readNews(): void {
    if (this.isClosed || this.reading || this.behind().length === 0) return;
    this.reading = this.read()
      .then(
        () => true,
        (err: unknown) => {
          // The next announcement, or the next look at the database, tries again.
          if (!this.isClosed) this.options.logger.error({ err }, 'the change log is unreadable');
          return false;
        },
      )
      .then((isRead) => {
        this.reading = null;
        if (isRead) this.readNews();
      });
  }

  private behind(): TenantLog[] {
    return [...this.logs.values()].filter(({ isBehind }) => isBehind);
  }

  private async read(): Promise<void> {
    const behind = this.behind();
    const after = new Map(behind.map((log) => [log.tenant, String(log.newest)]));
    const rows = await readLogs(this.options.fork(), after, { limit: batchSize });
    const news = Map.groupBy(rows, ({ tenantId }) => tenantId);
    for (const log of behind) log.append(news.get(log.tenant) ?? []);
  }
}
