import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openStorage } from '../src/storage/open-storage.js';
import { createDatabase } from '../test/support/postgres.js';
import type { LatencySummary, LiveClientQuestion } from './live-client.js';
import type { Arrival, Verdict } from './live-group.js';
import type { Commit } from './live-server.js';
import type { Usage } from './live-usage.js';
import { createLiveWriter, type LiveWriter } from './live-writer.js';
import { machineMs } from './machine-clock.js';
import { askChild, nextMessage, startChild } from './run-child.js';

export type LiveScenario = { subscribers: number; replicas: number };
export type LiveOptions = {
  /** A PostgreSQL server with the template. */
  postgresUrl: string;
  env: Record<string, string>;
  /** Changes one after the other whose delivery is timed. */
  turns: number;
  rounds: number;
  /** Messages of one burst, over all subscribers. */
  deliveries: number;
  profile: string | undefined;
};

/** Deliveries per second, and processor time of the servers for each. */
export type Burst = { rate: number; cpuMicros: number };
export type Side = {
  latency: LatencySummary;
  /** Per subscriber. */
  memory: { rssBytes: number; heapUsedBytes: number };
  /** Changes that one transaction commits together. */
  together: Burst[];
  verdict: Verdict;
};
export type LiveResult = LiveScenario & {
  ours: Side & { /** Changes written over the API. */ written: Burst[] };
  bare: Side;
  messageBytes: number;
  changesTogether: number;
  changesWritten: number;
};

const maxChanges = 1_000;
const maxWritten = 200;
const warmUpChanges = 20;

export const liveQuery = `subscription ($after: Revision) {
  catalogChanged(after: $after) {
    revision kind at agents { id } endpoint { id name description }
  }
}`;

type Name = 'ours' | 'bare';

/** Our servers and a bare broadcast server with as many subscribers each, in turns. */
export async function runLive(scenario: LiveScenario, options: LiveOptions): Promise<LiveResult> {
  const { subscribers, replicas } = scenario;
  console.error(`live: ${subscribers} subscribers, ${replicas} replicas`);
  await using stack = new AsyncDisposableStack();
  const url = await createDatabase(options.postgresUrl);
  const storage = stack.use(await openStorage({ driver: 'postgres', url }));
  const nodeOptions = ['--expose-gc'];
  const profiling = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
  const start = (file: string, argument: unknown, more: string[] = []) => {
    const child = startChild(file, argument, [...nodeOptions, ...more]);
    stack.defer(() => endChild(child));
    return child;
  };
  const servers = Array.from({ length: replicas }, () =>
    start('./live-server.js', { ...options.env, DATABASE_URL: url }, profiling),
  );
  const peer = start('./live-peer.js', null);
  const client = start('./live-client.js', null);
  const [urls] = await Promise.all([
    Promise.all(
      [...servers, peer].map(async (child) => (await nextMessage<{ url: string }>(child)).url),
    ),
    nextMessage(client),
  ]);
  const peerUrl = urls.pop() ?? '';
  const writer = stack.use(await createLiveWriter(urls[0] ?? '', storage));
  const run = new LiveRun({
    ...{ scenario, options, writer, client, peerUrl },
    urls: urls.map((one) => `${one}/graphql`),
    processes: { ours: servers, bare: [peer] },
  });
  return await run.measure();
}

type RunParts = {
  scenario: LiveScenario;
  options: LiveOptions;
  writer: LiveWriter;
  client: ChildProcess;
  urls: string[];
  peerUrl: string;
  processes: Record<Name, ChildProcess[]>;
};

class LiveRun {
  private texts: string[] = [];

  constructor(private readonly parts: RunParts) {}

  async measure(): Promise<LiveResult> {
    const { scenario, options } = this.parts;
    const { subscribers } = scenario;
    await this.warmUp();
    const memory = {
      ours: await this.open('ours', subscribers),
      bare: await this.open('bare', subscribers),
    };
    for (let turn = 0; turn < options.turns; turn += 1) await this.deliverOne();
    const messageBytes = Buffer.byteLength(this.texts[0] ?? '');
    const changesTogether = Math.min(maxChanges, Math.ceil(options.deliveries / subscribers));
    const changesWritten = Math.min(maxWritten, changesTogether);
    const together: Record<Name, Burst[]> = { ours: [], bare: [] };
    const written: Burst[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      together.ours.push(
        await this.burst('ours', changesTogether, () => this.append(changesTogether)),
      );
      together.bare.push(await this.burst('bare', changesTogether, () => this.post()));
      written.push(await this.burst('ours', changesWritten, () => this.write(changesWritten)));
      await this.post();
      await this.until('bare');
      await this.tell({ kind: 'forget', group: 'bare' });
    }
    const side = async (group: Name): Promise<Side> => ({
      latency: await this.tell<LatencySummary>({ kind: 'latencies', group }),
      memory: memory[group],
      together: together[group],
      verdict: await this.tell<Verdict>({ kind: 'close', group }),
    });
    const [ours, bare] = [await side('ours'), await side('bare')];
    const result = { ...scenario, ours: { ...ours, written }, bare, messageBytes };
    return { ...result, changesTogether, changesWritten };
  }

  /** Code that has run before takes no memory of its own later. */
  private async warmUp(): Promise<void> {
    const few = 50;
    await this.open('ours', few);
    await this.open('bare', few);
    for (let change = 0; change < warmUpChanges; change += 1) await this.deliverOne();
    for (const group of ['ours', 'bare'] as const) await this.tell({ kind: 'close', group });
    await new Promise((done) => setTimeout(done, 500));
  }

  /** Connects subscribers and answers what each of them takes. */
  private async open(group: Name, subscribers: number): Promise<Side['memory']> {
    const { urls, peerUrl, writer } = this.parts;
    const before = await this.usage(group);
    const where =
      group === 'ours'
        ? { urls, query: liveQuery, after: writer.revision }
        : { urls: [peerUrl], query: null, after: writer.revision - 1 };
    await this.tell({ kind: 'open', group, subscribers, ...where });
    if (group === 'ours') {
      // Once all have got a change all are subscribed.
      await writer.write();
      this.texts = (await this.until('ours')).texts;
    } else {
      await this.post();
      await this.until('bare');
    }
    await this.tell({ kind: 'forget', group });
    const now = await this.usage(group);
    return {
      rssBytes: (now.rssBytes - before.rssBytes) / subscribers,
      heapUsedBytes: (now.heapUsedBytes - before.heapUsedBytes) / subscribers,
    };
  }

  /** One change to all of ours, then the same bytes from the bare server. */
  private async deliverOne(): Promise<void> {
    const { writer } = this.parts;
    await writer.write();
    this.texts = (await this.until('ours')).texts;
    await this.tell({ kind: 'committed', group: 'ours', commits: await this.commits() });
    const atMs = await this.post();
    await this.until('bare');
    const commits = [{ revision: writer.revision, atMs }];
    await this.tell({ kind: 'committed', group: 'bare', commits });
  }

  private async burst(group: Name, changes: number, begin: () => Promise<number>): Promise<Burst> {
    const before = await this.cpuMs(group);
    const startMs = await begin();
    const { lastMs, texts } = await this.until(group);
    const now = await this.cpuMs(group);
    if (group === 'ours') this.texts = texts;
    await this.tell({ kind: 'forget', group });
    const deliveries = changes * this.parts.scenario.subscribers;
    return {
      rate: deliveries / ((lastMs - startMs) / 1e3),
      cpuMicros: ((now - before) * 1e3) / deliveries,
    };
  }

  private async append(changes: number): Promise<number> {
    return (await this.parts.writer.append(changes)).atMs;
  }

  private async write(changes: number): Promise<number> {
    const startMs = machineMs();
    await this.parts.writer.writeMany(changes);
    await this.commits();
    return startMs;
  }

  /** The bare server sends what ours sent last; the time at which it had it. */
  private post(): Promise<number> {
    return this.parts.writer.post(this.parts.peerUrl, this.texts);
  }

  private commits(): Promise<Commit[]> {
    const [first] = this.parts.processes.ours;
    if (!first) throw new Error('There is no server.');
    return askChild<Commit[]>(first, 'commits');
  }

  private until(group: Name): Promise<Arrival> {
    return this.tell<Arrival>({ kind: 'until', group, revision: this.parts.writer.revision });
  }

  private async usage(group: Name): Promise<Usage> {
    const all = await this.askServers<Usage>(group, 'usage');
    return {
      rssBytes: sum(all.map(({ rssBytes }) => rssBytes)),
      heapUsedBytes: sum(all.map(({ heapUsedBytes }) => heapUsedBytes)),
    };
  }

  private async cpuMs(group: Name): Promise<number> {
    const all = await this.askServers<{ cpuMs: number }>(group, 'cpu');
    return sum(all.map(({ cpuMs }) => cpuMs));
  }

  private askServers<Answer>(group: Name, question: string): Promise<Answer[]> {
    return Promise.all(
      this.parts.processes[group].map((child) => askChild<Answer>(child, question)),
    );
  }

  private async tell<Answer extends object>(question: LiveClientQuestion): Promise<Answer> {
    const answer = await askChild<Answer | { failure: string }>(this.parts.client, question);
    if ('failure' in answer) throw new Error(answer.failure);
    return answer;
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.send('end');
  await ended;
  clearTimeout(late);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
