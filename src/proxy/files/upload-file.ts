import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { ProxyParts } from '../proxy-context.js';
import { parseFileInput } from './parse-file-input.js';

export const UploadFileInput = z.strictObject({
  filename: z.string().min(1).max(1000),
  content_type: z
    .string()
    .max(200)
    .regex(/^[\w.+-]+\/[\w.+-]+(?:;[\x20-\x7e]*)?$/, 'expected a media type')
    .default('application/octet-stream'),
  content_base64: z.string(),
  destination: z.string().nullish(),
});

export type UploadedFile = {
  success: true;
  url: string;
  size_bytes: number;
  content_type: string;
  destination: string;
};

const timeoutMs = 100_000;

/**
 * Puts a file (HTTP PUT) under a name of its own at a destination that the operator configured. Throws NOT_CONFIGURED
 * where there is none, FORBIDDEN for another, LIMIT_EXCEEDED, INVALID_INPUT (400) and UPSTREAM_*, with `details.status`
 * where the destination answered with one.
 */
export async function uploadFile(
  { http, files }: Pick<ProxyParts, 'http' | 'files'>,
  raw: unknown,
  signal: AbortSignal | null,
): Promise<UploadedFile> {
  const input = parseFileInput(UploadFileInput, raw);
  const target = findDestination(files.uploadDestinations, input.destination ?? null);
  const body = decode(input.content_base64, files.maxFileBytes);
  // A part that nobody can guess: no caller writes over another's file.
  const url = `${target.url.replace(/\/*$/, '/')}${randomUUID()}/${nameOf(input.filename)}`;
  const answer = await http.send({
    ...{ url, method: 'PUT', body, timeoutMs, maxRedirects: 0, maxBytes: 1024 * 1024 },
    headers: { 'content-type': input.content_type },
    ...(signal && { signal }),
  });
  if (answer.status >= 300) {
    const message = `The destination "${target.name}" answered with ${answer.status}.`;
    throw new AppError('UPSTREAM_FAILED', message, { status: answer.status });
  }
  return {
    ...{ success: true, url, size_bytes: body.byteLength },
    ...{ content_type: input.content_type, destination: target.name },
  };
}

type Destinations = ProxyParts['files']['uploadDestinations'];

function findDestination(destinations: Destinations, name: string | null): Destinations[number] {
  const [first] = destinations;
  if (!first) {
    throw new AppError(
      'NOT_CONFIGURED',
      'There is nowhere to upload to: set ATI_UPLOAD_DESTINATIONS on the server.',
    );
  }
  const found = name === null ? first : destinations.find((one) => one.name === name);
  if (found) return found;
  throw new AppError('FORBIDDEN', `There is no destination "${name?.slice(0, 100)}".`, {});
}

function decode(text: string, maxBytes: number): Buffer {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) {
    throw new AppError('INVALID_INPUT', 'content_base64: expected base64.', {
      header: 'content_base64',
    });
  }
  const bytes = Math.floor((text.replace(/=+$/, '').length * 3) / 4);
  if (bytes > maxBytes) {
    const message = `The file has ${bytes} bytes; at most ${maxBytes} may be uploaded.`;
    throw new AppError('LIMIT_EXCEEDED', message, { maxBytes });
  }
  return Buffer.from(text, 'base64');
}

/** The last part of a path, as a segment of a URL. */
function nameOf(filename: string): string {
  const last = filename.split(/[\\/]/).at(-1) ?? '';
  const plain = last.replace(/\p{Cc}/gu, '').toWellFormed();
  return encodeURIComponent(plain === '' || plain === '.' || plain === '..' ? 'file' : plain);
}
