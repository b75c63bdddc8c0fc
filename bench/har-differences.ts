import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type HarCase, styleCases, swaggerCases } from './har-cases.js';
import { corpusCases } from './har-corpus.js';
import { bodyCases, parameterCases, serverCases } from './har-more-cases.js';
import type { Rule } from './har-rule.js';
import { rules } from './har-rules.js';
import { type Difference, differencesOf, ownRequest, ownWire, peerRequest } from './har-wire.js';
import { type HarPlanner, installPeers, loadHarPlanner, peerVersion } from './peers.js';

// This file runs as dist/bench/har-differences.js.
const page = join(import.meta.dirname, '../../docs/request-differences.md');

/**
 * Plans the same operations with the same arguments here and with oas-to-har, and prints one row for each kind of
 * difference. With `--write` they go to docs/request-differences.md. Exit status 1 where a difference has no explanation.
 */
export async function har(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      write: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
    },
  });
  const failure = installPeers();
  if (failure) {
    console.log(failure);
    process.exitCode = 1;
    return;
  }
  const compared = compareAll(await loadHarPlanner());
  const differences = compared.flatMap((one) => one.differences);
  const text = toPage(compared, differences);
  if (values.all) for (const difference of differences) print(difference);
  else console.log(text);
  for (const difference of differences.filter((one) => !ruleOf(one))) {
    console.log('NOT EXPLAINED');
    print(difference);
    process.exitCode = 1;
  }
  if (values.write) writeFileSync(page, text);
}

type Compared = { group: string; differences: Difference[] };

function compareAll(planner: HarPlanner): Compared[] {
  const made = [
    ...styleCases(),
    ...swaggerCases(),
    ...parameterCases(),
    ...serverCases(),
    ...bodyCases(),
  ].map((one) => ({ one, ours: ownRequest(one) }));
  const found = corpusCases().map((one) => ({
    one: one as HarCase,
    ours: ownWire(one.draft, one.args),
  }));
  return [...made, ...found].map(({ one, ours }) => ({
    group: one.group,
    differences: differencesOf(one, ours, peerRequest(planner, one)),
  }));
}

function ruleOf(difference: Difference): Rule | undefined {
  return rules.find((rule) => rule.applies(difference));
}

function toPage(compared: Compared[], differences: Difference[]): string {
  const equal = compared.filter((one) => one.differences.length === 0).length;
  return [
    '# Requests beside oas-to-har',
    '',
    'The same operations with the same arguments, as Toolgraph and as `@readme/oas-to-har` plan them: every style with and',
    'without `explode` in every place, with each kind of value, and beyond styles what follows below. What oas-to-har makes is an',
    'HTTP Archive entry; compared is the request that a client makes of it: the query as it is, each cookie encoded, the URL read by',
    'the rules of WHATWG, the parts of a multipart body one by one.',
    '',
    `Made by \`npm run bench -- har --write\` with oas-to-har ${peerVersion('@readme/oas-to-har')}.`,
    `Of ${compared.length} cases ${equal} are equal in method, URL, headers, cookies and body.`,
    '',
    '## Differences',
    '',
    'One row for each kind, with its first example. "open" = no specification says.',
    '',
    '| what was asked | right | by | ours | theirs | differences |',
    '| --- | --- | --- | --- | --- | ---: |',
    ...rules.flatMap((rule) => rowOf(rule, differences)),
    '',
    '## Cases',
    '',
    '| cases | compared | equal |',
    '| --- | ---: | ---: |',
    ...[...Map.groupBy(compared, ({ group }) => group)].map(([group, found]) => {
      const same = found.filter((one) => one.differences.length === 0).length;
      return `| ${group} | ${found.length} | ${same} |`;
    }),
    '',
  ].join('\n');
}

function rowOf(rule: Rule, differences: Difference[]): string[] {
  const mine = differences.filter((one) => ruleOf(one) === rule);
  const [first] = mine;
  if (!first) return [];
  const cells = [rule.asked, rule.right, rule.because, code(first.ours), code(first.theirs)];
  return [`| ${cells.join(' | ')} | ${mine.length} |`];
}

/** A cell of a table: a pipe ends one even inside code. */
function code(text: string): string {
  if (text === '') return 'empty';
  if (text === 'nothing') return 'nothing';
  const shown = text
    .replace('https://api.test/v1', '')
    .replace(/\s*\n\s*/g, ' ⏎ ')
    .trim();
  return `\`${shown.replaceAll('|', '\\|')}\``;
}

function print({ group, value, piece, ours, theirs }: Difference): void {
  console.log(`${group}, ${value}: ${piece}\n    ours   ${ours}\n    theirs ${theirs}`);
}
