import type { ParsedSpec, SerializedDraft } from '../openapi/types.js';

export type { SerializedDraft } from '../openapi/types.js';

/** Exactly one of the three. */
export type SpecSource = { url: string } | { document: unknown } | { text: string | Uint8Array };

/** A spec body as received, before anything is parsed. */
export type RawSpec = {
  body: string | Uint8Array;
  /** Where it came from (after redirects), else null. Relative `$ref`s and servers resolve against it. */
  url: string | null;
  /** The URL that was asked for, else null: what `swagger_url` stores. */
  requestedUrl: string | null;
  /** SHA-256, hex, of the body as received; of its compact JSON serialisation for a `document`. */
  contentHash: string;
};

export type ReadSpec = Omit<ParsedSpec, 'drafts'> & {
  drafts: SerializedDraft[];
  /** Files reached by `$ref`: URL → SHA-256, hex. Empty for a self-contained document. */
  files: Record<string, string>;
};

/** Loads and parses documents. Documents that take long are parsed in a process of their own. */
export interface SpecReader extends AsyncDisposable {
  /** Throws INVALID_INPUT, LIMIT_EXCEEDED, FORBIDDEN (egress) or UPSTREAM_*; never looks inside the body. */
  load(source: SpecSource, signal?: AbortSignal): Promise<RawSpec>;
  /** Never throws for bad data: `valid` is false and `problems` says why. */
  read(raw: RawSpec, signal?: AbortSignal): Promise<ReadSpec>;
  /** The present hashes of files that a document reached before, to tell whether one of them changed. */
  hashFiles(urls: string[], signal?: AbortSignal): Promise<Record<string, string>>;
}
