import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { OutgoingRequest } from '../../upstream/http-client.js';
import type { ProxyParts } from '../proxy-context.js';
import { parseFileInput } from './parse-file-input.js';

export const DownloadFileInput = z.strictObject({
  url: z
    .string()
    .max(8000)
    .refine((url) => URL.canParse(url), 'expected an absolute URL such as https://host/path'),
  max_bytes: z.number().int().min(1).optional(),
  /** Seconds. */
  timeout: z.number().positive().max(100_000).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  follow_redirects: z.boolean().default(true),
});

export type DownloadedFile = {
  success: true;
  size_bytes: number;
  content_type: string | null;
  source_url: string;
  content_base64: string;
};

const maxRedirects = 10;
/** Callers give up after 120 s. */
const maxSeconds = 100;
const ownHeaders =
  /^(?:authorization|host|cookie|set-cookie|content-type|content-length|transfer-encoding|connection|proxy-authorization|x-forwarded-.*|x-real-ip)$/i;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Reads a file through the egress guard. Throws INVALID_INPUT (400), FORBIDDEN for a host that is not allowed or
 * internal, LIMIT_EXCEEDED for a file that is too large, and UPSTREAM_FAILED, with `details.status` where the server
 * answered with one.
 */
export async function downloadFile(
  { http, files }: Pick<ProxyParts, 'http' | 'files'>,
  raw: unknown,
  signal: AbortSignal | null,
): Promise<DownloadedFile> {
  const input = parseFileInput(DownloadFileInput, raw);
  const { url, headers = {}, follow_redirects: follows } = input;
  for (const name of Object.keys(headers)) refuseHeader(name);
  refuseHost(url, files.downloadHosts);
  const request: OutgoingRequest = {
    url,
    headers,
    maxBytes: Math.min(input.max_bytes ?? files.maxFileBytes, files.maxFileBytes),
    maxRedirects: follows ? maxRedirects : 0,
    timeoutMs: Math.min(input.timeout ?? maxSeconds, maxSeconds) * 1000,
    ...(signal && { signal }),
    admit: async (host) => {
      refuseHost(`http://${host}`, files.downloadHosts);
      return () => {};
    },
  };
  const answer = await http.send(request);
  if (answer.status >= 300) {
    const message = `The server answered with ${answer.status}.`;
    throw new AppError('UPSTREAM_FAILED', message, { status: answer.status });
  }
  const { body } = answer;
  return {
    success: true,
    size_bytes: body.byteLength,
    content_type: answer.headers['content-type'] ?? null,
    source_url: url,
    content_base64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
  };
}

function refuseHeader(name: string): void {
  if (headerName.test(name) && !ownHeaders.test(name)) return;
  throw new AppError('INVALID_INPUT', `headers: "${name.slice(0, 100)}" may not be set.`, {
    header: name,
  });
}

/** `*.example.com` stands for the host and all under it. */
function refuseHost(url: string, allowed: readonly string[] | null): void {
  if (allowed === null || !URL.canParse(url)) return;
  const host = new URL(url).hostname.replace(/^\[|\]$|\.$/g, '');
  const isAllowed = allowed.some((pattern) =>
    pattern.startsWith('*.')
      ? host === pattern.slice(2) || host.endsWith(pattern.slice(1))
      : host === pattern,
  );
  if (isAllowed) return;
  throw new AppError('FORBIDDEN', `Files may not be downloaded from "${host}".`, { host });
}
