import {
  corpusDir,
  corpusDocuments,
  hasCorpus,
  measure,
  missedTargets,
} from '../test/support/corpus.js';
import { callCorpus } from './corpus-calls.js';

const columns = [
  'document',
  'version',
  'ops',
  'tools',
  'skipped',
  'params',
  'lost',
  'invalid',
  'bodies lost',
  'bad names',
  'max KB',
  'score',
  'ms',
];

function main(): number {
  if (!hasCorpus) {
    console.log(
      `There is no corpus at ${corpusDir}; set CORPUS_DIR to a folder with an index.tsv.`,
    );
    return 1;
  }
  const rows: string[][] = [];
  const missed: string[] = [];
  const totals = {
    ops: 0,
    tools: 0,
    skipped: 0,
    params: 0,
    lost: 0,
    invalid: 0,
    bodies: 0,
    names: 0,
    ms: 0,
  };
  for (const document of corpusDocuments()) {
    const measured = measure(document);
    for (const target of missedTargets(document, measured))
      missed.push(`${document.file}: ${target}`);
    totals.ops += document.operations ?? 0;
    totals.tools += measured.tools;
    totals.skipped += measured.skipped;
    totals.params += measured.parameters;
    totals.lost += measured.lostParameters.length;
    totals.invalid += measured.invalidSchemas.length;
    totals.bodies += measured.lostBodies.length;
    totals.names += measured.badNames.length;
    totals.ms += measured.ms;
    rows.push([
      document.file,
      measured.version,
      String(document.operations ?? '-'),
      String(measured.tools),
      String(measured.skipped),
      String(measured.parameters),
      String(measured.lostParameters.length),
      String(measured.invalidSchemas.length),
      String(measured.lostBodies.length),
      String(measured.badNames.length),
      (measured.biggestSchemaBytes / 1024).toFixed(1),
      String(measured.score),
      measured.ms.toFixed(0),
    ]);
  }
  const { ops, tools, skipped, params, lost, invalid, bodies, names, ms } = totals;
  const sums = [ops, tools, skipped, params, lost, invalid, bodies, names].map(String);
  rows.push([`${rows.length} documents`, '', ...sums, '', '', ms.toFixed(0)]);
  print([columns, ...rows]);
  for (const target of missed) console.log(`MISSED ${target}`);
  console.log(
    missed.length === 0 ? 'Every target is met.' : `${missed.length} targets are missed.`,
  );
  return missed.length === 0 ? 0 : 1;
}

function print(rows: string[][]): void {
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of rows) {
    const cells = row.map((cell, at) =>
      at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
    console.log(cells.join('  '));
  }
}

const [program, only] = process.argv.slice(2);
process.exitCode = program === 'calls' ? await callCorpus(only) : main();
