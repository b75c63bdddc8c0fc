import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { renderTable, type Table } from './table.js';

// This file runs as dist/bench/report.js.
const root = join(import.meta.dirname, '../..');
const page = join(root, 'docs/benchmarks.md');

/** Prints the tables and, when asked to, puts them in place of the section of that name in docs/benchmarks.md. */
export async function report(
  section: string,
  tables: Table[],
  { command, versions, isKept }: { command: string; versions: string; isKept: boolean },
): Promise<void> {
  const body = [
    `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}: ${machine()}. ${versions}.`,
    '',
    ...tables.map(renderTable),
  ].join('\n');
  console.log(body);
  if (!isKept) return;
  await mkdir(join(root, 'docs'), { recursive: true });
  const [start, end] = [`<!-- ${section}:start -->`, `<!-- ${section}:end -->`];
  const text = existsSync(page) ? readFileSync(page, 'utf8') : '# Benchmarks\n';
  const written = `${start}\n${body}\n${end}`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  const next =
    from >= 0 && to > from
      ? `${text.slice(0, from)}${written}${text.slice(to + end.length)}`
      : `${text}\n## ${section}\n\n${written}\n`;
  writeFileSync(page, next);
}

/** The version of a dependency of the project, as installed. */
export function versionOf(name: string): string {
  const manifest = join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function machine(): string {
  const processors = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, ${memory} GiB, Node.js ${process.versions.node}, ${process.platform} ${process.arch}`;
}
