import { parseSpec } from '../openapi/parse-spec.js';
import { serializeDraft } from '../openapi/serialize-draft.js';
import type { SpecProblem } from '../openapi/types.js';
import type { ReadSpec } from './spec-reader.js';

/** One reading of a document with the files that are known so far. It crosses to a parser process as it is. */
export type SpecJob = {
  body: string | Uint8Array;
  url: string | null;
  /** Bodies of files reached by `$ref`, by absolute URL. */
  files: Record<string, string | Uint8Array>;
  /** Why a file cannot be had, by absolute URL. */
  unavailable: Record<string, string>;
};

export type SpecResult = Omit<ReadSpec, 'files'>;

/** Either the document's drafts, or the further files that it needs first. */
export type SpecReply = { wanted: string[]; spec: null } | { wanted: null; spec: SpecResult };

/** Parses in the process that calls it. Bad data is no error: the answer says what is wrong. */
export function runSpecJob(job: SpecJob): SpecReply {
  const { wanted, drafts, ...parsed } = parseSpec(job);
  if (wanted.length > 0) return { wanted, spec: null };
  return { wanted: null, spec: { ...parsed, drafts: drafts.map(serializeDraft) } };
}

/** The answer for a document that could not be read to its end. */
export function unreadableSpec(code: string, message: string): SpecResult {
  const problem: SpecProblem = { code, message, pointer: '', severity: 'ERROR', line: null };
  return {
    valid: false,
    specVersion: null,
    title: null,
    servers: [],
    securitySchemes: {},
    drafts: [],
    skipped: [],
    problems: [problem],
    compatibilityScore: 0,
    deductions: [{ code, message, points: 100, pointer: '' }],
  };
}
