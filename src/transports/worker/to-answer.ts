import { Buffer } from 'node:buffer';
import { isBinaryAnswer } from '../../calls/binary-answer.js';
import type { CallResult } from '../../calls/call-types.js';
import { AppError, type ErrorCode } from '../../errors.js';
import { isObject } from '../../openapi/plain-objects.js';
import {
  type Answer,
  answer,
  deniedAnswer,
  noWriteBack,
  rejectionAnswer,
  type SentFile,
} from './answer.js';
import type { Ended } from './request-source.js';

/** The end of a request as its answer. Carries no secrets that its parts do not. */
export function endedAnswer(ended: Ended, toolName: string): Answer {
  if (ended.kind === 'result') return callAnswer(ended.result);
  if (ended.kind === 'thrown') return thrownAnswer(ended.error, toolName);
  if (ended.kind === 'denied') return deniedAnswer(ended.message);
  return rejectionAnswer(ended.code, ended.message);
}

/** What a call came to, as its caller reads it. */
export function callAnswer(call: CallResult): Answer {
  const { outcome, error } = call;
  const code = error?.code ?? outcome;
  const sentence = error?.message ?? 'The call failed.';
  if (outcome === 'OK') return succeeded(call);
  if (outcome === 'DENIED') return deniedAnswer(sentence);
  if (outcome === 'FAILED') return failed(call, { code, sentence });
  if (outcome === 'INDETERMINATE') return rejectionAnswer('INDETERMINATE', sentence);
  return answer({ body: { error: sentence }, outcome: 'failed', code, detail: sentence });
}

/** The answer where a call threw: expected refusals say why, anything else only the name of its class. */
export function thrownAnswer(error: unknown, toolName: string): Answer {
  if (!(error instanceof AppError) || error.code === 'INTERNAL') return raised(error, toolName);
  const { code, message } = error;
  if (code === 'FORBIDDEN') return deniedAnswer(message);
  if (code === 'CONFLICT') return rejectionAnswer('IDEMPOTENCY_KEY_REUSED');
  if (isForLater(code)) {
    return answer({ body: { error: message }, ...failure(code, message), isRetryable: true });
  }
  const result = JSON.stringify({ success: false, error: message, code });
  return answer({ body: { result, writeback: noWriteBack() }, ...failure(code, message) });
}

function failure(code: string, detail: string) {
  return { outcome: 'failed', code, detail } as const;
}

function isForLater(code: ErrorCode): boolean {
  return code === 'LIMIT_EXCEEDED' || code === 'UPSTREAM_FAILED' || code === 'UPSTREAM_TIMEOUT';
}

function raised(error: unknown, toolName: string): Answer {
  const name = error instanceof Error ? error.constructor.name || 'Error' : 'NonError';
  const sentence = `Tool '${toolName}' raised ${name} on the tools service.`;
  return answer({
    body: { error: sentence },
    outcome: 'exception',
    code: 'INTERNAL',
    detail: name,
  });
}

function succeeded(call: CallResult): Answer {
  const { text, files } = read(call);
  const body = { result: text, writeback: { ...noWriteBack(), sent_files: files } };
  return answer({ body, outcome: 'ok', code: null, detail: null });
}

/** In the form that reads as a failure to callers that go by the text. */
function failed(call: CallResult, { code, sentence }: { code: string; sentence: string }): Answer {
  const { text, value, files } = read(call);
  const isSaid = call.kind === 'MCP' && text !== '';
  const result = JSON.stringify({
    success: false,
    error: isSaid ? text : sentence,
    ...(call.status !== null && { status: call.status }),
    ...(!isSaid && value !== null && { result: value }),
  });
  const body = { result, writeback: { ...noWriteBack(), sent_files: files } };
  return answer({ body, outcome: 'failed', code, detail: sentence });
}

/** A result as a text, as a JSON value, and the files in it. */
type Result = { text: string; value: unknown; files: SentFile[] };

function read({ kind, result, callId }: CallResult): Result {
  if (kind === 'MCP' && isObject(result) && Array.isArray(result.content)) {
    return readContent(result.content, result.structuredContent);
  }
  if (isBinaryAnswer(result)) {
    const { mediaType, base64 } = result;
    const data = Buffer.from(base64, 'base64');
    const text = `A file of ${data.byteLength} bytes (${mediaType}) was sent.`;
    return {
      text,
      value: text,
      files: [{ media_type: mediaType, data, filename: `${callId}${extensionOf(mediaType)}` }],
    };
  }
  const text = typeof result === 'string' ? result : JSON.stringify(result ?? null);
  return { text, value: result ?? null, files: [] };
}

/** Blocks of an MCP result: texts are joined, bytes become files, what is neither is JSON. */
function readContent(content: readonly unknown[], structured: unknown): Result {
  const files: SentFile[] = [];
  const texts: string[] = [];
  for (const block of content) {
    if (!isObject(block)) continue;
    const file = toFile(block);
    if (file) files.push(file);
    else texts.push(toText(block));
  }
  if (texts.length === 0 && structured !== undefined) texts.push(JSON.stringify(structured));
  if (texts.length === 0 && files.length > 0) texts.push(`${files.length} files were sent.`);
  const text = texts.join('\n');
  return { text, value: structured ?? text, files };
}

function toText(block: Record<string, unknown>): string {
  if (block.type === 'text' && typeof block.text === 'string') return block.text;
  const { resource } = block;
  if (isObject(resource) && typeof resource.text === 'string') return resource.text;
  return JSON.stringify(block);
}

/** Image, audio and embedded resources of the MCP schema, 2025-11-25. */
function toFile({ type, data, mimeType, resource }: Record<string, unknown>): SentFile | null {
  if ((type === 'image' || type === 'audio') && typeof data === 'string') {
    return { media_type: mediaTypeOf(mimeType), data: Buffer.from(data, 'base64') };
  }
  if (type !== 'resource' || !isObject(resource) || typeof resource.blob !== 'string') return null;
  const filename = fileNameOf(resource.uri);
  return {
    media_type: mediaTypeOf(resource.mimeType),
    data: Buffer.from(resource.blob, 'base64'),
    ...(filename && { filename }),
  };
}

function mediaTypeOf(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : 'application/octet-stream';
}

/** Of media types whose names are file extensions too. */
function extensionOf(mediaType: string): string {
  const subtype = /^\w+\/([a-z0-9]{1,10})(?:;|$)/i.exec(mediaType)?.[1];
  return subtype ? `.${subtype.toLowerCase()}` : '';
}

/** The last part of a URI's path. */
function fileNameOf(uri: unknown): string | null {
  if (typeof uri !== 'string') return null;
  return /([^/?#]+)(?:[?#].*)?$/.exec(uri)?.[1] ?? null;
}
