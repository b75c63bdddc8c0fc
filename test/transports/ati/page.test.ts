import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Requirement, requirements } from './requirements.js';

const page = join(import.meta.dirname, '../../../docs/ati-proxy.md');

/** Files by the ids that their tests name. */
async function findTests(): Promise<Map<string, string[]>> {
  const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.test.ts'));
  const found = new Map<string, string[]>();
  for (const file of files.sort()) {
    const text = await readFile(join(import.meta.dirname, file), 'utf8');
    for (const [, id = ''] of text.matchAll(/\bmust\(\s*'([\w-]+)'/g)) {
      const known = found.get(id) ?? [];
      if (!known.includes(file)) found.set(id, [...known, file]);
    }
  }
  return found;
}

function toTables(tests: ReadonlyMap<string, string[]>): string {
  const groups = Map.groupBy(requirements, ({ group }) => group);
  const row = ({ id, what }: Requirement) =>
    `| ${id} | ${what.replaceAll('|', '\\|')} | ${(tests.get(id) ?? []).map((file) => `\`${file}\``).join(', ')} |`;
  return [...groups]
    .map(([group, rows]) =>
      [`## ${group}`, '', '| id | what | tests |', '| --- | --- | --- |', ...rows.map(row)].join(
        '\n',
      ),
    )
    .join('\n\n');
}

it('every requirement has a test', async () => {
  const tests = await findTests();
  expect(requirements.filter(({ id }) => !tests.has(id)).map(({ id }) => id)).toEqual([]);
});

it('docs/ati-proxy.md lists them: UPDATE_ATI_PAGE=1 writes it anew', async () => {
  const text = await readFile(page, 'utf8');
  const tables = toTables(await findTests());
  const made = text.replace(
    /(<!-- requirements -->\n)[\s\S]*(<!-- \/requirements -->)/,
    (_, start: string, end: string) => `${start}\n${tables}\n\n${end}`,
  );
  if (process.env.UPDATE_ATI_PAGE) await writeFile(page, made);
  else expect(text).toBe(made);
});
