import type { FastifyRequest } from 'fastify';
import { AppError } from '../../errors.js';
import { findApiId } from './read-request.js';
import { readStrategy, type WireSync } from './read-spec-body.js';
import { invalid } from './refusals.js';

type Upload = { file: Uint8Array | null; fields: Map<string, unknown> };

/** The multipart form of `sync-swagger/file`: the document in `file`, beside it `name`, `base_url` and `strategy`. Throws INVALID_INPUT. */
export async function readUpload(request: FastifyRequest, maxBytes: number): Promise<WireSync> {
  const { file, fields } = await readParts(request, maxBytes);
  if (file === null) {
    throw invalid(['body', 'file'], 'expected the document as a part named "file"', 'missing');
  }
  return {
    source: { text: file },
    apiId: findApiId(request),
    name: fields.get('name') || null,
    baseUrl: fields.get('base_url') || null,
    strategy: readStrategy(fields.get('strategy') || null),
  };
}

/** The part `file` of a multipart form. Throws INVALID_INPUT when it is missing, LIMIT_EXCEEDED when it is too large. */
export async function readUploadedFile(
  request: FastifyRequest,
  { maxBytes, what }: { maxBytes: number; what: string },
): Promise<Uint8Array> {
  const { file } = await readParts(request, maxBytes);
  if (file) return file;
  throw invalid(['body', 'file'], `expected ${what} as a part named "file"`, 'missing');
}

async function readParts(request: FastifyRequest, maxBytes: number): Promise<Upload> {
  const upload: Upload = { file: null, fields: new Map() };
  try {
    for await (const part of request.parts({
      limits: { fileSize: maxBytes, files: 1, parts: 20 },
    })) {
      if (part.type === 'field') upload.fields.set(part.fieldname, part.value);
      else if (part.fieldname === 'file') upload.file = await part.toBuffer();
      else part.file.resume();
    }
  } catch (error) {
    throw explain(error, maxBytes);
  }
  return upload;
}

function explain(error: unknown, maxBytes: number): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : null;
  if (code === 'FST_REQ_FILE_TOO_LARGE') {
    return new AppError('LIMIT_EXCEEDED', `The file is larger than ${maxBytes} bytes.`, {
      maxBytes,
    });
  }
  // Errors of the form parser have neither code nor status: whatever it says is about the body.
  if (code === null) {
    return invalid(['body'], `The form cannot be read: ${error.message}.`, 'multipart_invalid');
  }
  return error;
}
