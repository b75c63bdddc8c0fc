import { type ContenderName, contendersFor, plainParser } from './contenders.js';
import type { CountTask, InputCount } from './count-child.js';
import type { BenchDocument } from './documents.js';
import { formatMs, formatRatio } from './numbers.js';
import type { ColdRun, ParseTask } from './parse-child.js';
import { type ParseTimes, runRounds } from './parse-rounds.js';
import { type ChildFailure, isFailure, runChild } from './run-child.js';
import type { Table } from './table.js';

type Measured<Result> = Map<ContenderName, Result | ChildFailure>;
type DocumentResult = {
  document: BenchDocument;
  times: Map<ContenderName, ParseTimes>;
  cold: Measured<ColdRun>;
  counts: Measured<InputCount>;
};

/** At most this many times the plain parse. */
const plainAim = 3;
const peers: ContenderName[] = ['openapi-mcp-generator', '@readme/openapi-parser'];

export async function measureParsing(
  documents: BenchDocument[],
  { hasPeers, budgetMs }: { hasPeers: boolean; budgetMs: number },
): Promise<Table[]> {
  const results: DocumentResult[] = [];
  for (const document of documents) {
    console.error(`parsing ${document.name}`);
    results.push(await measureDocument(document, hasPeers, budgetMs));
  }
  return [timeTable(results), coldTable(results), memoryTable(results), countTable(results)];
}

async function measureDocument(
  document: BenchDocument,
  hasPeers: boolean,
  budgetMs: number,
): Promise<DocumentResult> {
  const { path } = document;
  const cold: DocumentResult['cold'] = new Map();
  const counts: DocumentResult['counts'] = new Map();
  const contenders = contendersFor(document, hasPeers);
  for (const contender of contenders) {
    const task: ParseTask = { mode: 'cold', contender, path };
    cold.set(contender, await runChild<ColdRun>('./parse-child.js', task));
    if (contender !== 'toolgraph' && contender !== 'openapi-mcp-generator') continue;
    const countTask: CountTask = { contender, path };
    counts.set(contender, await runChild<InputCount>('./count-child.js', countTask));
  }
  const able = contenders.filter((name) => !isFailure(cold.get(name)));
  const times = await runRounds(able, { plain: plainParser(document), path, budgetMs });
  return { document, times, cold, counts };
}

function timeTable(results: DocumentResult[]): Table {
  const missed = results.filter(({ times }) => !(ratioOf(times.get('toolgraph')) <= plainAim));
  const slower = results.filter(({ times }) => peers.some((peer) => beats(times, peer)));
  const slowerThanWhole = results.filter((result) => beatsAndKeeps(result));
  return {
    title: 'From the body to tools: time',
    columns: ['ms', 'plain parse', 'yaml', 'toolgraph', '× plain', ...peers],
    rows: results.map(({ document, times, cold }) => [
      document.name,
      msOf(times.get(plainParser(document))),
      msOf(times.get('yaml')),
      msOf(times.get('toolgraph')),
      formatRatio(ratioOf(times.get('toolgraph'))),
      ...peers.map((peer) => (times.has(peer) ? msOf(times.get(peer)) : absent(cold.get(peer)))),
    ]),
    notes: [
      'Medians of warm processes that run in turn. "plain parse" is `JSON.parse` for JSON and `js-yaml` for YAML, decoding of the bytes included; "× plain" is the median of the ratios round by round.',
      verdict(`within ${plainAim} times the plain parse`, missed),
      verdict('faster than every peer that keeps all inputs', slowerThanWhole),
      verdict('faster than both peers, whatever they keep', slower),
      ...failures(results),
    ],
  };
}

function coldTable(results: DocumentResult[]): Table {
  return {
    title: 'From the body to tools: first run of a process',
    columns: ['ms', 'plain parse', 'yaml', 'toolgraph', ...peers],
    rows: results.map(({ document, cold }) => [
      document.name,
      ...[plainParser(document), 'yaml' as const, 'toolgraph' as const, ...peers].map((name) =>
        msOf(cold.get(name)),
      ),
    ]),
    notes: ['The code is loaded before the clock starts, and has never run.'],
  };
}

function memoryTable(results: DocumentResult[]): Table {
  return {
    title: 'From the body to tools: peak memory',
    columns: ['MB (× the document)', 'document', 'plain parse', 'yaml', 'toolgraph', ...peers],
    rows: results.map(({ document, cold }) => [
      document.name,
      megabytes(document.bytes),
      ...[plainParser(document), 'yaml' as const, 'toolgraph' as const, ...peers].map((name) =>
        memoryOf(cold.get(name), document),
      ),
    ]),
    notes: [
      'The largest resident size of a process that reads the document once, less its size before reading.',
    ],
  };
}

function countTable(results: DocumentResult[]): Table {
  const rows = results.flatMap(({ document, counts }) =>
    [...counts].map(([name, counted]) => {
      const label = `${document.name}: ${name}`;
      if (isFailure(counted)) return [label, 'fails'];
      const { operations, tools, bodies, bodiesLost, parametersLost, unserialisable } = counted;
      const figures = [operations, tools, bodies, bodiesLost, parametersLost, unserialisable];
      return [label, ...figures.map(String)];
    }),
  );
  return {
    title: 'What the tools keep',
    columns: [
      'document: converter',
      'operations',
      'tools',
      'with a body',
      'bodies lost',
      'parameters lost',
      'no JSON text',
    ],
    rows,
    notes: [
      'Operations whose tool does not name every declared field of the body, or every path and query parameter, against an independent reading of the document. `@readme/openapi-parser` makes no tools.',
    ],
  };
}

function failures(results: DocumentResult[]): string[] {
  return results.flatMap(({ document, cold }) =>
    [...cold].flatMap(([name, result]) =>
      isFailure(result) ? [`${name} fails on ${document.name}: ${result.failure}`] : [],
    ),
  );
}

function msOf(result: { medianMs: number } | { ms: number } | ChildFailure | undefined): string {
  if (result === undefined) return '-';
  if (isFailure(result)) return 'fails';
  return formatMs('medianMs' in result ? result.medianMs : result.ms);
}

function absent(result: ColdRun | ChildFailure | undefined): string {
  return isFailure(result) ? 'fails' : '-';
}

function ratioOf(times: ParseTimes | undefined): number {
  return times?.ratio ?? Number.NaN;
}

/** True when a peer was as fast as Toolgraph or faster. */
function beats(times: Map<ContenderName, ParseTimes>, peer: ContenderName): boolean {
  const [ours, theirs] = [times.get('toolgraph'), times.get(peer)];
  return theirs !== undefined && !((ours?.medianMs ?? Number.NaN) < theirs.medianMs);
}

/** True when a peer that makes tools without losing inputs was as fast as Toolgraph or faster. */
function beatsAndKeeps({ times, counts }: DocumentResult): boolean {
  const kept = counts.get('openapi-mcp-generator');
  if (kept === undefined || isFailure(kept)) return false;
  const losses = kept.bodiesLost + kept.parametersLost + kept.unserialisable;
  return losses === 0 && beats(times, 'openapi-mcp-generator');
}

function memoryOf(result: ColdRun | ChildFailure | undefined, { bytes }: BenchDocument): string {
  if (result === undefined) return '-';
  if (isFailure(result)) return 'fails';
  return `${megabytes(result.peakBytes)} (${(result.peakBytes / bytes).toFixed(0)}×)`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function verdict(aim: string, failing: DocumentResult[]): string {
  if (failing.length === 0) return `Aim "${aim}": met by every document.`;
  return `Aim "${aim}": missed by ${failing.map(({ document }) => document.name).join(', ')}.`;
}
