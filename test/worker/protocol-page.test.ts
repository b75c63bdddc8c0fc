import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { type Fault, faults } from './faults.js';
import { flaws, type Stand, type Statement, statements } from './statements.js';

const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'docs/worker-protocol.md');

/** Which test files have a test of what, by number, as the sources say it. */
async function findTests(call: 'statement' | 'fault'): Promise<Map<number, string[]>> {
  const names = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.test.ts'));
  const found = new Map<number, string[]>();
  for (const name of names.sort()) {
    const text = await readFile(join(import.meta.dirname, name), 'utf8');
    for (const [, id] of text.matchAll(new RegExp(`\\b${call}\\(\\s*(\\d+)\\b`, 'g'))) {
      const files = found.get(Number(id)) ?? [];
      found.set(Number(id), [...new Set([...files, name])]);
    }
  }
  return found;
}

const entries = <Value>(table: Record<number, Value>) =>
  Object.entries(table).map(([id, value]): [number, Value] => [Number(id), value]);
const cell = (text: string) => text.replaceAll('|', '\\|');
const filesOf = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

function standOf(stand: Stand): string {
  if (stand.kind === 'kept') return 'the same';
  if (stand.kind === 'differs') return `differs: ${stand.now}`;
  return `mended (${stand.flaws.join(', ')}): ${stand.now}`;
}

function toPage(
  statementTests: Map<number, string[]>,
  faultTests: Map<number, string[]>,
  intro: string,
): string {
  const stated = entries<Statement>(statements).map(
    ([id, { says, stand }]) =>
      `| ${id} | ${cell(says)} | ${cell(standOf(stand))} | ${filesOf(statementTests.get(id) ?? [])} |`,
  );
  const flawed = Object.entries(flaws).map(([id, { was, faults: shown }]) => {
    const by = entries<Statement>(statements).filter(
      ([, { stand }]) => stand.kind === 'mended' && (stand.flaws as string[]).includes(id),
    );
    return `| ${id} | ${cell(was)} | ${by.map(([one]) => one).join(', ')} | ${shown.join(', ')} |`;
  });
  const tried = entries<Fault>(faults).map(([id, { says, elsewhere, without }]) => {
    const names = faultTests.get(id) ?? [];
    const shown = [filesOf(names), elsewhere && `\`${elsewhere.file}\``].filter(Boolean).join(', ');
    return `| ${id} | ${cell(says)} | ${shown} | ${cell(without ?? '')} |`;
  });
  return [
    intro.trimEnd(),
    '## Statements',
    'Each has a test of its number in `test/worker`. "The same": as the worker does that this one replaces. "Mended": there it was a flaw, and this is what happens instead. "Differs": right there, and something else is right here.',
    ['| | what callers know | here | test |', '| --- | --- | --- | --- |', ...stated].join('\n'),
    '## Flaws mended',
    ['| | there | statements | faults |', '| --- | --- | --- | --- |', ...flawed].join('\n'),
    '## Faults',
    'Tried with a real Redis, real processes and real signals, and effects counted outside of every worker. After each test every request has an answer or a dead letter, unsafe tools had their effect at most once per key, nothing is pending, and no key is without an end but the named ones.',
    ['| | fault | test | not tried, and why |', '| --- | --- | --- | --- |', ...tried].join('\n'),
    '',
  ].join('\n\n');
}

const mark =
  '<!-- made from test/worker: UPDATE_DOCS=1 npx vitest run test/worker/protocol-page -->';

it('is written down in docs/worker-protocol.md as the tests have it', async () => {
  const text = await readFile(page, 'utf8');
  const intro = text.slice(0, text.indexOf(mark) + mark.length);
  const made = toPage(await findTests('statement'), await findTests('fault'), intro);
  if (process.env.UPDATE_DOCS) await writeFile(page, made.replace(/\n+$/, '\n'));
  else expect(text).toBe(made.replace(/\n+$/, '\n'));
});

it('has a test of every statement', async () => {
  const found = await findTests('statement');
  expect(Object.keys(statements).filter((id) => !found.has(Number(id)))).toEqual([]);
});

it('has a test of every fault, or says why not', async () => {
  const found = await findTests('fault');
  const open = entries<Fault>(faults).filter(
    ([id, { elsewhere, without }]) => !found.has(id) && !elsewhere && !without,
  );
  expect(open.map(([id]) => id)).toEqual([]);
});

it('finds the tests of other folders that it names', async () => {
  for (const [id, { elsewhere }] of entries<Fault>(faults)) {
    if (!elsewhere) continue;
    const file = join(root, elsewhere.file);
    expect(existsSync(file), `fault ${id}: ${relative(root, file)}`).toBe(true);
    expect(await readFile(file, 'utf8'), `fault ${id}`).toContain(elsewhere.title);
  }
});
