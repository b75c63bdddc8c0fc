import { splitWordsAndWholes } from './split-words.js';
import { stemWord } from './stem-word.js';

/** What is known of a tool when it is written for the search. */
export type SearchSource = {
  name: string;
  /** What a person calls it. */
  title: string | null;
  description: string | null;
  /** HTTP method, for an endpoint. */
  method: string | null;
  path: string | null;
  tags: readonly string[];
  /** Of its API or MCP server. */
  sourceName: string;
  parameters: readonly string[];
};

/** Of what a tool says, the kinds of places that words stand in. */
export const searchFields = ['source', 'name', 'title', 'place', 'parameters', 'text'] as const;
export type SearchField = (typeof searchFields)[number];

/** The stems of each field, in their order. */
export type SearchDocument = Record<SearchField, string[]>;

const maxTextChars = 2000;
const maxWords: Record<SearchField, number> = {
  name: 30,
  title: 40,
  source: 15,
  place: 50,
  parameters: 40,
  text: 80,
};

/** The words of a tool as the search compares them, no more than a few hundred however long the tool is. */
export function toSearchDocument(tool: SearchSource): SearchDocument {
  const [title, text] = splitText(tool);
  return {
    name: stems('name', tool.name),
    title: stems('title', title),
    source: stems('source', tool.sourceName),
    place: [
      ...stems('place', [tool.path ?? '', ...tool.tags].join(' ')),
      ...(methodWords[tool.method ?? ''] ?? []),
    ],
    parameters: [...new Set(stems('parameters', tool.parameters.join(' ')))],
    text: stems('text', text),
  };
}

const methodMark = '.m';

/** What the methods of HTTP are said to do. */
const methodWords: Record<string, string[]> = Object.fromEntries(
  Object.entries({
    GET: 'get list',
    POST: 'create',
    PUT: 'update replace',
    PATCH: 'update',
    DELETE: 'delete',
  }).map(([method, words]) => [method, words.split(' ').map((word) => methodStem(stemWord(word)))]),
);

/** What stands in a document for a stem that only the method of HTTP says. */
export function methodStem(stem: string): string {
  return `${stem}${methodMark}`;
}

export function isMethodStem(stem: string): boolean {
  return stem.endsWith(methodMark);
}

/** The title or else the first sentence, and what comes after it. */
function splitText({ title, description }: SearchSource): [string, string] {
  const text = toBareText(description ?? '');
  const head = toBareText(title ?? '') || firstSentence(text);
  return [head, text.startsWith(head) ? text.slice(head.length) : text];
}

function firstSentence(text: string): string {
  return /^[\s\S]*?[^.]{3}(?=[.!?:;](?:\s|$)|\n)/.exec(text)?.[0] ?? text;
}

/** Without the marks of HTML and Markdown, and without the targets of links. */
function toBareText(text: string): string {
  return text
    .slice(0, maxTextChars)
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\]\([^()\s]*\)/g, '] ')
    .replace(/https?:\/\/\S+/g, ' ')
    .trim();
}

function stems(field: SearchField, text: string): string[] {
  return splitWordsAndWholes(text).slice(0, maxWords[field]).map(stemWord);
}

/** A document as one text: a line for each field. */
export function serializeDocument(document: SearchDocument): string {
  return searchFields.map((field) => document[field].join(' ')).join('\n');
}

// The classes by which `ts_rank` weighs what it finds.
const weightOf: Record<SearchField, string> = {
  name: 'A',
  title: 'A',
  source: 'B',
  place: 'C',
  parameters: 'D',
  text: 'D',
};
const headFields: SearchField[] = ['source', 'name', 'title'];
const maxPositions = 3;

/** The document as a `tsvector`. A stem of its name, its title or its source is there once more, as `headLexeme`. */
export function toVector(document: SearchDocument): string {
  const positions = new Map<string, string[]>();
  let place = 0;
  for (const field of searchFields) {
    for (const stem of document[field]) {
      place += 1;
      const found = positions.get(stem) ?? [];
      positions.set(stem, found);
      if (found.length < maxPositions) found.push(`${place}${weightOf[field]}`);
    }
  }
  const heads = new Set(headFields.flatMap((field) => document[field]));
  return [
    ...[...positions].map(([stem, found]) => `${quoteLexeme(stem)}:${found.join(',')}`),
    ...[...heads].map((stem) => quoteLexeme(headLexeme(stem))),
  ].join(' ');
}

/** What stands in the index for a stem of a name, a title or a source; no stem has a full stop at its end. */
export function headLexeme(stem: string): string {
  return `${stem}.`;
}

/** A lexeme as the texts of `tsvector` and `tsquery` have it. */
export function quoteLexeme(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
}
