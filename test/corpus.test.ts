import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import {
  type CorpusDocument,
  corpusDir,
  corpusDocuments,
  hasCorpus,
  measure,
  missedTargets,
  parseCorpusFile,
  readCorpus,
} from './support/corpus.js';

const documents: CorpusDocument[] = hasCorpus ? corpusDocuments() : [];

describe.skipIf(!hasCorpus)(
  `the documents of ${corpusDir} (skipped where the folder is absent)`,
  () => {
    it.each(documents)(
      '$file becomes tools with nothing lost, or is refused with a reason',
      (document) => {
        const measured = measure(document);
        expect(missedTargets(document, measured)).toEqual([]);
        if (document.operations !== null && document.operations > 0) {
          expect(measured.tools).toBeGreaterThan(0);
        }
      },
    );

    const wellFormed = documents.filter(({ file }) => !file.startsWith('bad/') && !isLarge(file));

    it.each(wellFormed)(
      '$file gives the same tools with its paths in another order',
      ({ file }) => {
        const parsed = readPlain(file);
        const paths = Object.entries(parsed.paths ?? {}).reverse();
        const turned = { ...parsed, paths: Object.fromEntries(paths) };
        expect(toolsOf(file, JSON.stringify(turned))).toEqual(
          toolsOf(file, JSON.stringify(parsed)),
        );
      },
    );

    const bad = documents.filter(({ file }) => file.startsWith('bad/'));

    it.each(bad)('$file is told to be bad, and where', ({ file }) => {
      const { problems, valid, drafts } = parseCorpusFile(file);
      expect(problems[0]).toMatchObject({ message: expect.stringMatching(/\.$/) });
      expect(problems.some(({ pointer, line }) => pointer !== '' || line !== null)).toBe(true);
      if (!valid) expect(drafts).toEqual([]);
    });
  },
);

function isLarge(file: string): boolean {
  return readCorpus(file).length > 1_500_000;
}

function readPlain(file: string): Record<string, unknown> & { paths?: object } {
  return load(readCorpus(file).toString(), { json: true }) as Record<string, unknown>;
}

function toolsOf(file: string, body: string): Map<string, unknown> {
  const { drafts } = parseCorpusFile(file, body);
  const byPlace = drafts.map((draft) => [`${draft.method} ${draft.path}`, draft] as const);
  return new Map(byPlace.sort(([a], [b]) => (a < b ? -1 : 1)));
}
