import { callDocument } from '../test/support/call-corpus.js';
import { corpusDir, corpusDocuments, hasCorpus } from '../test/support/corpus.js';
import { startEchoServer } from '../test/support/echo-server.js';

const columns = [
  'document',
  'tools',
  'called',
  'contradictory',
  'uncallable',
  'requests',
  'values',
  'lost',
  'unsent',
  'ms',
];

/**
 * Calls every tool of every corpus document over real HTTP and prints how many of the generated values arrived. Returns the
 * exit code: 1 when a value is lost, when a tool cannot be called although some arguments fit its schema, or without a corpus.
 */
export async function callCorpus(only: string | undefined): Promise<number> {
  if (!hasCorpus) {
    console.log(
      `There is no corpus at ${corpusDir}; set CORPUS_DIR to a folder with an index.tsv.`,
    );
    return 1;
  }
  await using server = await startEchoServer();
  const rows: string[][] = [];
  const notes: string[] = [];
  const totals = {
    tools: 0,
    called: 0,
    contradictory: 0,
    uncallable: 0,
    requests: 0,
    values: 0,
    lost: 0,
    unsent: 0,
    ms: 0,
  };
  for (const { file } of corpusDocuments()) {
    if (only !== undefined && !file.includes(only)) continue;
    const started = performance.now();
    const result = await callDocument(file, server);
    const counts = {
      tools: result.tools,
      called: result.called,
      contradictory: result.contradictory.length,
      uncallable: result.uncallable.length,
      requests: result.requests,
      values: result.values,
      lost: result.lost.length,
      unsent: result.unsent,
      ms: performance.now() - started,
    };
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += counts[name];
    rows.push([file, ...Object.values(counts).map((count) => count.toFixed(0))]);
    notes.push(...result.contradictory.map((reason) => `CONTRADICTORY ${file} ${reason}`));
    notes.push(...result.uncallable.map((reason) => `UNCALLABLE ${file} ${reason}`));
    notes.push(...result.skipped.map((reason) => `NOT CALLED ${file} ${reason}`));
    notes.push(...result.lost.map((value) => `LOST ${file} ${value}`));
  }
  rows.push([`${rows.length} documents`, ...Object.values(totals).map((sum) => sum.toFixed(0))]);
  print([columns, ...rows]);
  for (const note of notes) console.log(note);
  const isMet = totals.lost === 0 && totals.uncallable === 0;
  console.log(isMet ? 'Every value arrived.' : 'Values are lost or tools cannot be called.');
  return isMet ? 0 : 1;
}

function print(rows: string[][]): void {
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
    console.log(cells.join('  '));
  }
}
