import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ToolDraft } from '../src/openapi/types.js';
import { corpusDocuments, parseCorpusFile } from '../test/support/corpus.js';
import { paraphrase, type Question } from './search-paraphrases.js';

/** One operation of the corpus. */
export type CorpusTool = { key: string; document: string; api: string; draft: ToolDraft };

/** `tuning`: what the weights of the ranking were chosen by. `held out`: what they never saw. */
export const questionSets = [
  'hand-written',
  'paraphrased, tuning',
  'paraphrased, held out',
] as const;
export type QuestionSet = (typeof questionSets)[number];

const perApi = 60;
// This file runs as dist/bench/search-corpus.js.
const handWritten = join(import.meta.dirname, '../../bench/search-questions.tsv');

/** Every operation of every document of the corpus. */
export function corpusTools(): CorpusTool[] {
  const found = new Map<string, CorpusTool>();
  for (const { file } of corpusDocuments()) {
    const { drafts, title } = parseCorpusFile(file);
    for (const draft of drafts) {
      const key = `${file} ${draft.name}`;
      if (!found.has(key)) found.set(key, { key, document: file, api: title || file, draft });
    }
  }
  return [...found.values()];
}

/** The questions of each set, with the keys of the tools that answer them. */
export function corpusQuestions(tools: readonly CorpusTool[]): Map<QuestionSet, Question[]> {
  // What test documents say is about the test: nobody would ask for it.
  const asked = tools.filter(({ document }) => !/^(features|bad)\//.test(document));
  const made = paraphrase(
    asked.map(({ key, api, draft: { summary, description } }) => ({
      ...{ key, api, summary, description },
    })),
    perApi,
  );
  const isTuning = ({ text }: Question) =>
    (createHash('sha256').update(text).digest()[0] ?? 0) % 2 === 0;
  return new Map<QuestionSet, Question[]>([
    ['hand-written', readHandWritten(tools)],
    ['paraphrased, tuning', made.filter(isTuning)],
    ['paraphrased, held out', made.filter((question) => !isTuning(question))],
  ]);
}

/** Lines of a question, a tab, and its answers as `document:tool`, the document by the first word of its file's name. */
function readHandWritten(tools: readonly CorpusTool[]): Question[] {
  const shortName = (document: string) => /([^/-]+)(?:-[^/]*)?$/.exec(document)?.[1] ?? '';
  const keys = Map.groupBy(tools, ({ document, draft }) => `${shortName(document)}:${draft.name}`);
  const [, ...lines] = readFileSync(handWritten, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [text = '', answers = ''] = line.split('\t');
    return {
      text,
      answers: answers.split(' ').flatMap((answer) => {
        const found = keys.get(answer);
        if (!found) throw new Error(`"${text}": the corpus has no ${answer}.`);
        return found.map(({ key }) => key);
      }),
    };
  });
}
