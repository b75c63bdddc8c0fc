import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { configVariables } from '../src/config-variables.js';
import { startServer } from './support/server-process.js';

const root = join(import.meta.dirname, '..');
const file = join(root, 'README.md');
const run = promisify(execFile);

/** `UPDATE_README=1` writes what is generated instead of comparing it. */
async function settle(text: string, found: string): Promise<void> {
  if (process.env.UPDATE_README) await writeFile(file, found);
  else expect(text).toBe(found);
}

it('lists the configuration as the server reads it', async () => {
  const rows = configVariables.map(
    (one) =>
      `| \`${one.name}\` | ${one.default ? `\`${one.default}\`` : ''} | ${one.description} |`,
  );
  const table = ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  const text = await readFile(file, 'utf8');
  await settle(
    text,
    text.replace(
      /(<!-- configuration -->\n)[\s\S]*(<!-- \/configuration -->)/,
      (_, start: string, end: string) => `${start}\n${table}\n\n${end}`,
    ),
  );
});

it('names only files that are there', async () => {
  const text = await readFile(file, 'utf8');
  const paths = [...text.matchAll(/`((?:src|docs|migrations|bench|test)\/[\w./-]*)`/g)];
  expect(
    paths.map(([, path]) => path ?? '').filter((path) => !existsSync(join(root, path))),
  ).toEqual([]);
});

it('shows what its quick start prints', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'toolgraph-readme-'));
  try {
    await using server = await startServer({ DATA_DIR: dir });
    const text = await readFile(file, 'utf8');
    let shown = text;
    for (const [block, command = '', answer = ''] of text.matchAll(
      /```sh\n(curl[\s\S]*?)```\n[\s\S]*?```json\n([\s\S]*?)```/g,
    )) {
      const { stdout } = await run(
        'bash',
        ['-c', command.replaceAll('http://127.0.0.1:8009', server.url)],
        { cwd: root },
      );
      const printed = `${JSON.stringify(JSON.parse(stdout), null, 2)}\n`;
      if (withoutIds(answer) !== withoutIds(printed)) {
        shown = shown.replace(block, () =>
          block.replace(`\`\`\`json\n${answer}`, () => `\`\`\`json\n${printed}`),
        );
      }
    }
    await settle(text, shown);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

it('shows what the supergraph prints', async () => {
  const { stdout } = await run(process.execPath, [join(root, 'dist/examples/supergraph/main.js')], {
    cwd: root,
  });
  const text = await readFile(file, 'utf8');
  const shown = text.replace(
    /(```sh\nnpm run supergraph\n```\n\n```text\n)[\s\S]*?(```)/,
    (_, start: string, end: string) => `${start}${stdout.trim()}\n${end}`,
  );
  expect(shown).toContain('"displayName"');
  await settle(text, shown);
});

function withoutIds(text: string): string {
  return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>');
}
