import { AppError } from '../errors.js';
import { compiledUrl } from '../lib/compiled-url.js';
import type { HttpClient } from '../upstream/http-client.js';
import { type FileLimits, fetchFiles, forEachConcurrently, noFiles } from './fetch-files.js';
import { fetchText, hashBody, type LoadLimits, loadSpec } from './load-spec.js';
import { runSpecJob, type SpecJob, type SpecReply } from './spec-job.js';
import { createSpecProcesses, type SpecProcesses } from './spec-processes.js';
import type { SpecReader } from './spec-reader.js';

export type SpecReaderLimits = LoadLimits &
  FileLimits & {
    /** Bound on parsing one document in a process. */
    parseTimeoutMs: number;
    /** JavaScript heap of one parser process, which ends when it outgrows it. 0 = what the other limits need. */
    processMemoryMb: number;
    /** Documents that may wait for a process. */
    maxQueued: number;
  };

const yamlProperty = /\0|(?:^|[\s[{,])[&*!]\S/;

/** At about 1 µs for each byte that a reference may repeat. */
const maxReferencedBytes = 50_000;

const mebibyte = 1024 * 1024;

export const defaultSpecReaderLimits: SpecReaderLimits = {
  maxBytes: 64 * mebibyte,
  fetchTimeoutMs: 30_000,
  maxFiles: 4_000,
  maxFileBytes: 32 * mebibyte,
  maxFileDepth: 32,
  crossOriginRefs: false,
  parseTimeoutMs: 120_000,
  processMemoryMb: 0,
  maxQueued: 32,
};

export type SpecReaderOptions = {
  http: HttpClient;
  limits?: Partial<SpecReaderLimits>;
  /** Parser processes at most. */
  processes?: number;
  /**
   * Documents up to this many bytes, files included, are parsed where they are, unless references or aliases let them
   * cost more than their size tells. With the default that takes less than about 50 ms.
   */
  inlineBytes?: number;
};

/** Reads documents: small ones at once, larger ones in processes that start when they are first needed. */
export function createSpecReader(options: SpecReaderOptions): SpecReader {
  const { http, processes = 2, inlineBytes = 64 * 1024 } = options;
  const limits = { ...defaultSpecReaderLimits, ...options.limits };
  const pool = createSpecProcesses({
    entry: compiledUrl(import.meta.url, './spec-process.js'),
    processes,
    maxQueued: limits.maxQueued,
    timeoutMs: limits.parseTimeoutMs,
    memoryMb: limits.processMemoryMb || processMemoryMb(limits),
  });
  return {
    load: (source, signal) => loadSpec(source, { http, limits, signal }),

    async read(raw, signal) {
      const known = noFiles();
      const loading = { http, limits, fileLimits: limits, signal, rootUrl: raw.url };
      for (;;) {
        const { files, unavailable, hashes } = known;
        const job = { body: raw.body, url: raw.url, files, unavailable };
        const reply = await runJob(job, { pool, inlineBytes, fileBytes: known.bytes, signal });
        if (reply.spec !== null) return { ...reply.spec, files: hashes };
        await fetchFiles(reply.wanted, known, loading);
      }
    },

    async hashFiles(urls, signal) {
      const hashes: Record<string, string> = {};
      await forEachConcurrently(urls.slice(0, limits.maxFiles), async (url) => {
        try {
          const { body } = await fetchText(url, { http, limits, signal });
          hashes[url] = await hashBody(body);
        } catch (error) {
          signal?.throwIfAborted();
          if (!(error instanceof AppError)) throw error;
          hashes[url] = '';
        }
      });
      return hashes;
    },

    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/**
 * Room for what JSON.parse makes of the most wasteful text: 64 bytes for each value of the document (4 million at
 * most), 24 bytes for each byte of its files, and the texts.
 */
function processMemoryMb({ maxBytes, maxFileBytes }: SpecReaderLimits): number {
  return Math.ceil(512 + (4 * maxBytes + 24 * maxFileBytes) / mebibyte);
}

async function runJob(
  job: SpecJob,
  options: {
    pool: SpecProcesses;
    inlineBytes: number;
    fileBytes: number;
    signal: AbortSignal | undefined;
  },
): Promise<SpecReply> {
  options.signal?.throwIfAborted();
  const isSmall = job.body.length + options.fileBytes <= options.inlineBytes;
  if (isSmall && isPredictable([job.body, ...Object.values(job.files)])) return runSpecJob(job);
  return options.pool.run(job, options.signal);
}

/**
 * False where the cost does not follow from the size: YAML anchors, aliases and tags, UTF-16 (which hides them), and
 * many references, each of which may repeat most of the document.
 */
function isPredictable(bodies: (string | Uint8Array)[]): boolean {
  const texts = bodies.map((body) =>
    typeof body === 'string' ? body : Buffer.from(body).toString('latin1'),
  );
  if (texts.some((text) => !/^\s*\{/.test(text) && yamlProperty.test(text))) return false;
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  const references = texts.reduce((sum, text) => sum + text.split('$ref').length - 1, 0);
  return references * bytes <= maxReferencedBytes;
}
