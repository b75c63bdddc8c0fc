import { AppError } from '../errors.js';
import { fetchText, hashBody, type LoadOptions } from './load-spec.js';

export type FileLimits = {
  /** Files that one document may reach. */
  maxFiles: number;
  /** Bytes of all of them together. */
  maxFileBytes: number;
  /** How many references lead from the root to the farthest file. */
  maxFileDepth: number;
  /** Lets references leave the origin of the root document. */
  crossOriginRefs: boolean;
};

/** The files that a document reaches by `$ref`, gathered round by round. */
export type ReferencedFiles = {
  files: Record<string, Uint8Array>;
  unavailable: Record<string, string>;
  /** SHA-256, hex; empty for a file that could not be had. */
  hashes: Record<string, string>;
  count: number;
  bytes: number;
  depth: number;
};

export type FetchFilesOptions = LoadOptions & { rootUrl: string | null; fileLimits: FileLimits };

const concurrency = 4;

export function noFiles(): ReferencedFiles {
  return { files: {}, unavailable: {}, hashes: {}, count: 0, bytes: 0, depth: 0 };
}

/**
 * Fetches the files that are wanted next. Each ends up in `files`, or in `unavailable` with a sentence: what cannot be
 * fetched is a problem of the document and no error. Only an abort throws.
 */
export async function fetchFiles(
  wanted: string[],
  known: ReferencedFiles,
  options: FetchFilesOptions,
): Promise<void> {
  known.depth += 1;
  await forEachConcurrently(wanted, async (url) => {
    const refusal = refuse(url, known, options);
    if (refusal !== null) {
      known.unavailable[url] = refusal;
      return;
    }
    // Taken before the answer is here, so that parallel fetches count too.
    known.count += 1;
    known.hashes[url] = '';
    try {
      await fetchFile(url, known, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof AppError)) throw error;
      known.unavailable[url] = error.message;
    }
  });
}

/** Runs `task` for every item, four at a time. */
export async function forEachConcurrently<T>(
  items: T[],
  task: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const lanes = Array.from({ length: Math.min(concurrency, items.length) }, async () => {
    for (const item of rest) await task(item);
  });
  await Promise.all(lanes);
}

async function fetchFile(
  url: string,
  known: ReferencedFiles,
  options: FetchFilesOptions,
): Promise<void> {
  const { fileLimits, limits } = options;
  const left = fileLimits.maxFileBytes - known.bytes;
  const maxBytes = Math.max(1, Math.min(left, limits.maxBytes));
  const answer = await fetchText(url, { ...options, limits: { ...limits, maxBytes } });
  if (!isReachable(answer.url, options)) {
    known.unavailable[url] = `It redirects to another origin, which is not followed.`;
    return;
  }
  known.bytes += answer.body.byteLength;
  known.hashes[url] = await hashBody(answer.body);
  known.files[url] = answer.body;
}

function refuse(url: string, known: ReferencedFiles, options: FetchFilesOptions): string | null {
  const { maxFiles, maxFileBytes, maxFileDepth } = options.fileLimits;
  if (!/^https?:/.test(url)) return 'Only http and https references are followed.';
  if (!isReachable(url, options)) {
    return options.rootUrl === null
      ? 'The document was not loaded from a URL, so references to other files are not followed.'
      : `It is on another origin than the document (${new URL(options.rootUrl).origin}), which is not followed.`;
  }
  if (known.depth > maxFileDepth)
    return `It is more than ${maxFileDepth} files away from the root.`;
  if (known.count >= maxFiles) {
    return `The document reaches more than ${maxFiles} files; the rest is not loaded.`;
  }
  if (known.bytes >= maxFileBytes) {
    return `The files of the document are larger than ${maxFileBytes} bytes together; the rest is not loaded.`;
  }
  return null;
}

function isReachable(url: string, { rootUrl, fileLimits }: FetchFilesOptions): boolean {
  if (fileLimits.crossOriginRefs) return true;
  return rootUrl !== null && URL.parse(url)?.origin === new URL(rootUrl).origin;
}
