import { isJson } from '../../openapi/media-types.js';
import type { BodyVariant, EncodingPlan } from '../../openapi/types.js';
import { plainEncoder } from './encode-text.js';
import { readFileContent } from './file-content.js';
import { hasStyle, itemsOf, styleOf } from './form-fields.js';
import type { Part } from './multipart.js';
import type { BodyValue } from './plan-body.js';
import type { RequestIssues } from './request-issues.js';
import { serializeQueryValue } from './serialize-query-value.js';
import { toWireText } from './wire-value.js';

/**
 * The parts of a multipart body: one for each member, and for each item of a list. Files are read from base64 or data
 * URIs; objects go as JSON; text has no `Content-Type` unless the document gives one.
 */
export function multipartParts(
  { value, argumentOf }: BodyValue & { value: Record<string, unknown> },
  { encoding, files }: Pick<BodyVariant, 'encoding' | 'files'>,
  issues: RequestIssues,
): Part[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const plan = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
    const isFile = files.includes(name);
    return (
      issues.of(argumentOf(name), () => {
        if (!isFile && plan && hasStyle(plan)) return styledParts(name, member, plan);
        const parts = itemsOf(member).map((item) =>
          isFile && typeof item === 'string'
            ? filePart(name, item, plan?.contentType)
            : valuePart(name, item, plan?.contentType),
        );
        return parts;
      }) ?? []
    );
  });
}

function styledParts(name: string, value: unknown, plan: EncodingPlan): Part[] {
  return serializeQueryValue(value, styleOf(name, plan), plainEncoder).map(([key, text]) => ({
    name: key,
    fileName: null,
    contentType: null,
    content: Buffer.from(text),
  }));
}

function valuePart(name: string, value: unknown, declared: string | undefined): Part {
  const type = concreteType(declared);
  const isStructured = typeof value === 'object' && value !== null;
  const asJson = isStructured || (type !== null && isJson(type));
  return {
    name,
    fileName: null,
    contentType: type ?? (isStructured ? 'application/json' : null),
    content: Buffer.from(asJson ? JSON.stringify(value) : toWireText(value)),
  };
}

function filePart(name: string, value: unknown, declared: string | undefined): Part {
  const { bytes, mediaType, fileName } = readFileContent(value);
  const type = mediaType ?? concreteType(declared) ?? 'application/octet-stream';
  return {
    name,
    fileName: fileName ?? `${name}${extensionOf(type)}`,
    contentType: type,
    content: bytes,
  };
}

/** The first of a list of media types that is no range. */
function concreteType(declared: string | undefined): string | null {
  const types = declared?.split(',').map((type) => type.trim()) ?? [];
  return (
    types.find((type) => /^[\x21-\x7e][\x20-\x7e]*$/.test(type) && !type.includes('*')) ?? null
  );
}

const extensions: Record<string, string> = {
  'application/octet-stream': '',
  'audio/mpeg': '.mp3',
  'audio/x-wav': '.wav',
  'image/jpeg': '.jpg',
  'image/svg+xml': '.svg',
  'text/plain': '.txt',
  'text/markdown': '.md',
  'video/quicktime': '.mov',
};

/** Many receivers tell the kind of a file by the end of its name. */
function extensionOf(mediaType: string): string {
  const [type = ''] = mediaType.toLowerCase().split(';', 1);
  if (Object.hasOwn(extensions, type)) return extensions[type] ?? '';
  const subtype = /\/([a-z0-9]{1,5})$/.exec(type)?.[1];
  return subtype === undefined ? '' : `.${subtype}`;
}
