import { randomUUID } from 'node:crypto';
import type { Commit } from './live-server.js';
import { openSocket, type RawSocket } from './live-sockets.js';
import { machineMs } from './machine-clock.js';

export type GroupOptions = {
  /** Sockets are spread over them in turn. */
  urls: string[];
  subscribers: number;
  /** The last revision that they know. */
  after: number;
  /** What they subscribe to; null: a server that sends to everybody who connects. */
  query: string | null;
};

export type Arrival = {
  /** Of the last message, on the machine's clock. */
  lastMs: number;
  /** What the first socket got since it was last asked. */
  texts: string[];
};

export type Verdict = {
  delivered: number;
  lost: number;
  /** Again, or after a later one. */
  repeated: number;
  /** Messages that were read whole and compared; the others were only looked at where the revision stands. */
  compared: number;
};

const headers = { 'x-tenantId': 'bench', 'x-appId': 'bench' };
const opensAtOnce = 50;
const comparesEvery = 100;
const [zero, nine, quote] = [48, 57, 34];
const typeAt = `{"id":"${randomUUID()}","type":"`.length;
const idEnd = typeAt - '","type":"'.length;
const revisionAt = typeAt + 'next","payload":{"data":{"catalogChanged":{"revision":"'.length;
const typeByte = 'n'.charCodeAt(0);

/** Subscribers that see the same messages: each must get every revision once and in order. */
export class LiveGroup {
  private readonly sockets: RawSocket[] = [];
  private readonly last: Float64Array;
  /** When each socket got each revision after `base`. */
  private arrivals: Float64Array[] = [];
  private base: number;
  private missing = 0;
  private awaited: { to: number; done(arrival: Arrival): void; fail(error: Error): void } | null =
    null;
  private lastMs = 0;
  private texts: string[] = [];
  private readonly compared = new Map<number, string>();
  private failure: Error | null = null;
  private readonly verdict: Verdict = { delivered: 0, lost: 0, repeated: 0, compared: 0 };

  constructor(private readonly options: GroupOptions) {
    this.base = options.after;
    this.last = new Float64Array(options.subscribers).fill(options.after);
  }

  async open(): Promise<void> {
    let next = 0;
    const openOn = async () => {
      while (next < this.options.subscribers) {
        const at = next;
        next += 1;
        this.sockets[at] = await this.openOne(at);
      }
    };
    await Promise.all(Array.from({ length: opensAtOnce }, openOn));
  }

  /** Resolves when every socket has got that revision. */
  until(to: number): Promise<Arrival> {
    return new Promise((done, fail) => {
      this.awaited = { to, done, fail };
      this.missing = this.last.reduce((count, revision) => count + (revision < to ? 1 : 0), 0);
      this.settle();
    });
  }

  /** Milliseconds from each commit to each of its arrivals; what came before the newest commit is forgotten. */
  latencies(commits: readonly Commit[]): Float64Array {
    const all = commits.flatMap(({ revision, atMs }) => {
      const arrivals = this.arrivals[revision - this.base - 1] ?? new Float64Array();
      return [arrivals.map((arrivedMs) => arrivedMs - atMs)];
    });
    this.forget();
    const joined = new Float64Array(all.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const values of all) {
      joined.set(values, at);
      at += values.length;
    }
    return joined;
  }

  forget(): void {
    this.base += this.arrivals.length;
    this.arrivals = [];
    this.compared.clear();
  }

  close(): Verdict {
    for (const socket of this.sockets) socket.end();
    return this.verdict;
  }

  private async openOne(at: number): Promise<RawSocket> {
    const { urls, query, after } = this.options;
    const id = randomUUID();
    const url = urls[at % urls.length] ?? '';
    const acknowledged = Promise.withResolvers<void>();
    const options = { protocol: query === null ? null : 'graphql-transport-ws', headers };
    const socket = await openSocket(url, options, {
      onText: (bytes, start, end) => {
        if (bytes[start + typeAt] === typeByte) return this.take(at, bytes, start, end);
        const text = bytes.toString('utf8', start, end);
        if (text.includes('"connection_ack"')) acknowledged.resolve();
        else this.fail(new Error(`Unexpected message: ${text}`));
      },
      onEnd: (reason) => this.fail(new Error(`A socket of ${url} ended: ${reason}`)),
    });
    if (query === null) return socket;
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await acknowledged.promise;
    const payload = { query, variables: { after: String(after) } };
    socket.send(JSON.stringify({ id, type: 'subscribe', payload }));
    return socket;
  }

  private take(at: number, bytes: Buffer, start: number, end: number): void {
    const now = machineMs();
    let revision = 0;
    let place = start + revisionAt;
    for (; place < end; place += 1) {
      const digit = bytes[place] ?? quote;
      if (digit < zero || digit > nine) break;
      revision = revision * 10 + digit - zero;
    }
    if (bytes[place] !== quote) {
      this.fail(new Error(`Unexpected message: ${bytes.toString('utf8', start, end)}`));
      return;
    }
    const before = this.last[at] ?? 0;
    if (revision <= before) {
      this.verdict.repeated += 1;
      return;
    }
    this.verdict.lost += revision - before - 1;
    this.verdict.delivered += 1;
    this.last[at] = revision;
    const arrivals = this.arrivalsOf(revision);
    arrivals[at] = now;
    this.lastMs = now;
    if (at % comparesEvery === 0) this.compare(at, revision, bytes.toString('utf8', start, end));
    const to = this.awaited?.to;
    if (to !== undefined && before < to && revision >= to) {
      this.missing -= 1;
      this.settle();
    }
  }

  private arrivalsOf(revision: number): Float64Array {
    const at = revision - this.base - 1;
    for (let length = this.arrivals.length; length <= at; length += 1) {
      this.arrivals.push(new Float64Array(this.options.subscribers));
    }
    return this.arrivals[at] ?? new Float64Array(this.options.subscribers);
  }

  private compare(at: number, revision: number, text: string): void {
    if (at === 0) this.texts.push(text);
    const said = text.slice(idEnd);
    const known = this.compared.get(revision);
    if (known === undefined) {
      JSON.parse(text);
      this.compared.set(revision, said);
    } else if (known !== said) {
      this.fail(new Error(`Two sockets were told ${known} and ${said}`));
    }
    this.verdict.compared += 1;
  }

  private settle(): void {
    const { awaited } = this;
    if (!awaited) return;
    if (this.failure) awaited.fail(this.failure);
    else if (this.missing > 0) return;
    else awaited.done({ lastMs: this.lastMs, texts: this.texts });
    this.awaited = null;
    this.texts = [];
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.settle();
  }
}
