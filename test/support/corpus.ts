import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type ParseResult, parseSpec } from '../../src/openapi/parse-spec.js';
import { serializeDraft } from '../../src/openapi/serialize-draft.js';
import type { ToolDraft } from '../../src/openapi/types.js';
import { type RawOperation, rawOperations } from './raw-operations.js';

/** Real documents with known counts; optional, since it is not part of the project. */
export const corpusDir = resolve(process.env.CORPUS_DIR ?? '../shared/corpus');
export const hasCorpus = existsSync(`${corpusDir}/index.tsv`);

/** One root document and the counts that were made of it independently; null where it cannot be parsed. */
export type CorpusDocument = {
  file: string;
  specVersion: string;
  /** Additional operations of OpenAPI 3.2 included. */
  operations: number | null;
  /** Additional operations of OpenAPI 3.2 left out. */
  parameters: number | null;
};

export type Measurement = {
  file: string;
  version: string;
  operations: number | null;
  tools: number;
  skipped: number;
  parameters: number;
  lostParameters: string[];
  invalidSchemas: string[];
  lostBodies: string[];
  badNames: string[];
  biggestSchemaBytes: number;
  score: number;
  ms: number;
  result: ParseResult;
};

const origin = 'https://corpus.test/';

export function corpusDocuments(): CorpusDocument[] {
  const [header = '', ...lines] = readFileSync(`${corpusDir}/index.tsv`, 'utf8').trim().split('\n');
  const columns = header.split('\t');
  return lines
    .map((line) => line.split('\t'))
    .map((cells) => (name: string) => cells[columns.indexOf(name)] ?? '')
    .filter((cell) => cell('role') === 'root')
    .map((cell) => {
      const isCounted = cell('operations') !== '';
      const additional = /^\d+$/.test(cell('additionalOperations'))
        ? cell('additionalOperations')
        : 0;
      return {
        file: cell('file'),
        specVersion: cell('spec_version'),
        operations: isCounted ? Number(cell('operations')) + Number(additional) : null,
        parameters: isCounted ? Number(cell('parameters')) : null,
      };
    });
}

export function readCorpus(file: string): Buffer {
  return readFileSync(`${corpusDir}/${file}`);
}

/** Parses a document, handing over the other files of the corpus that it asks for. */
export function parseCorpusFile(
  file: string,
  body: string | Uint8Array = readCorpus(file),
): ParseResult {
  const files: Record<string, Uint8Array> = {};
  const unavailable: Record<string, string> = {};
  for (;;) {
    const result = parseSpec({ body, url: origin + file, files, unavailable });
    if (result.wanted.length === 0) return result;
    for (const url of result.wanted) {
      const path = url.startsWith(origin) ? url.slice(origin.length) : '';
      if (path !== '' && existsSync(`${corpusDir}/${path}`)) files[url] = readCorpus(path);
      else unavailable[url] = 'There is no such file.';
    }
  }
}

/** Everything that the targets speak of, for one document. */
export function measure(document: CorpusDocument): Measurement {
  const { file } = document;
  const body = readCorpus(file);
  const started = performance.now();
  const result = parseCorpusFile(file, body);
  const ms = performance.now() - started;
  const raw = rawOperations(`${corpusDir}/${file}`);
  const drafts = new Map(result.drafts.map((draft) => [`${draft.method} ${draft.path}`, draft]));
  const inputs = result.drafts.map((draft) => serializeDraft(draft).inputSchema);
  return {
    file,
    version: result.specVersion ?? '-',
    operations: document.operations,
    tools: result.drafts.length,
    skipped: result.skipped.length,
    parameters: raw
      .filter(({ isAdditional }) => !isAdditional)
      .reduce((sum, operation) => sum + operation.parameters.length, 0),
    lostParameters: lostParameters(raw, drafts, result),
    invalidSchemas: invalidSchemas(result.drafts),
    lostBodies: lostBodies(raw, drafts),
    badNames: badNames(result.drafts),
    biggestSchemaBytes: Math.max(0, ...inputs.map((text) => Buffer.byteLength(text))),
    score: result.compatibilityScore,
    ms,
    result,
  };
}

/** What keeps a measurement from meeting the targets, as sentences; none when it does. */
export function missedTargets(document: CorpusDocument, measured: Measurement): string[] {
  const { operations, parameters } = document;
  const accounted = measured.tools + measured.skipped;
  const missed: string[] = [];
  if (operations !== null && accounted !== operations) {
    missed.push(`${accounted} of ${operations} operations are accounted for`);
  }
  if (parameters !== null && measured.parameters !== parameters) {
    missed.push(`${measured.parameters} parameters were counted, ${parameters} are there`);
  }
  const lists = ['lostParameters', 'invalidSchemas', 'lostBodies', 'badNames'] as const;
  for (const list of lists) {
    for (const entry of measured[list]) missed.push(`${list}: ${entry}`);
  }
  for (const { reason, method, path } of measured.result.skipped) {
    if (reason === '' || reason === 'INTERNAL')
      missed.push(`${method} ${path} was skipped: ${reason}`);
  }
  if (measured.file.startsWith('bad/')) {
    const located = measured.result.problems.some(({ message }) => message !== '');
    if (!located) missed.push('no problem is reported');
  }
  return missed;
}

const ignoredHeaders = new Set(['accept', 'authorization', 'content-type']);

function lostParameters(
  raw: RawOperation[],
  drafts: Map<string, ToolDraft>,
  result: ParseResult,
): string[] {
  const codes = new Set(result.problems.map(({ code }) => code));
  return raw.flatMap(({ method, path, parameters }) => {
    const draft = drafts.get(`${method} ${path}`);
    if (!draft) return [];
    const { plan } = draft;
    return parameters
      .filter(({ in: where, name }) => {
        if (where === 'body') return plan.body === null;
        if (where === 'formData') return !plan.body?.fields?.some((field) => field.name === name);
        if (plan.parameters.some((item) => item.in === where && item.name === name)) return false;
        if (where === 'header' && ignoredHeaders.has(name.toLowerCase())) {
          return !codes.has('HEADER_IGNORED');
        }
        return where === 'path' ? !codes.has('UNUSED_PATH_PARAMETER') : true;
      })
      .map(({ in: where, name }) => `${method} ${path}: ${where} ${name}`);
  });
}

function lostBodies(raw: RawOperation[], drafts: Map<string, ToolDraft>): string[] {
  return raw.flatMap(({ method, path, bodyFields }) => {
    const draft = drafts.get(`${method} ${path}`);
    if (!draft || bodyFields.length === 0) return [];
    const text = JSON.stringify(draft.inputSchema);
    const lost = bodyFields.filter((name) => !text.includes(`${JSON.stringify(name)}:`));
    return lost.length === 0 ? [] : [`${method} ${path}: ${lost.join(', ')}`];
  });
}

function badNames(drafts: ToolDraft[]): string[] {
  const seen = new Set<string>();
  return drafts.flatMap(({ name }) => {
    const isBad = !/^[A-Za-z0-9_-]{1,64}$/.test(name) || seen.has(name);
    seen.add(name);
    return isBad ? [name] : [];
  });
}

/** Schemas that JSON Schema 2020-12 does not compile or that are no object at their root, as they are stored. */
function invalidSchemas(drafts: ToolDraft[]): string[] {
  const invalid: string[] = [];
  const compiled = new Set<string>();
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);
  for (const draft of drafts) {
    const { inputSchema, outputSchema, parameters } = serializeDraft(draft);
    const input: unknown = JSON.parse(inputSchema);
    if ((input as { type?: unknown }).type !== 'object') invalid.push(`${draft.name}: root`);
    const texts = [inputSchema, outputSchema, ...parameters.map(({ schema }) => schema)];
    for (const text of texts) {
      if (text === null || compiled.has(text)) continue;
      compiled.add(text);
      const reason = compileError(ajv, text);
      if (reason) invalid.push(`${draft.name}: ${reason}`);
    }
  }
  return invalid;
}

function compileError(ajv: Ajv2020, text: string): string | null {
  try {
    ajv.compile(JSON.parse(text));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
