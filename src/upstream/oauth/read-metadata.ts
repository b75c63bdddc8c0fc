import { AppError } from '../../errors.js';
import type { HttpClient } from '../http-client.js';
import { readJsonObject } from './read-json-object.js';

const maxMetadataBytes = 256 * 1024;

/** What metadata documents are read with. */
export type MetadataReader = { http: Pick<HttpClient, 'send'>; timeoutMs: number };

/**
 * A metadata document, or null where there is none: a status from 400 to 499, or something else than a JSON object.
 * Redirects are not followed. Throws UPSTREAM_FAILED for other statuses, or what the client throws.
 */
export async function readMetadata(
  { http, timeoutMs }: MetadataReader,
  url: string,
): Promise<Record<string, unknown> | null> {
  const { status, body } = await http.send({
    url,
    headers: { accept: 'application/json' },
    maxBytes: maxMetadataBytes,
    maxRedirects: 0,
    timeoutMs,
  });
  if (status === 200) return readJsonObject(body);
  if (status >= 300 && status < 500 && status !== 429) return null;
  const { host } = new URL(url);
  throw new AppError(
    'UPSTREAM_FAILED',
    `"${host}" answered with status ${status} when it was asked for its OAuth metadata.`,
    { host, status },
  );
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Null where the document does not say. */
export function textsOf(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((entry): entry is string => typeof entry === 'string');
}
