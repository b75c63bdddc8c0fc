import { z } from 'zod';
import { AppError } from '../errors.js';
import type { SpecSource } from './spec-reader.js';

export const syncStrategies = ['GUARD', 'SAFE', 'FORCE'] as const;
export type SyncStrategy = (typeof syncStrategies)[number];

export const syncOutcomes = ['CREATED', 'UPDATED', 'UNCHANGED'] as const;
export type SyncOutcome = (typeof syncOutcomes)[number];

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// RFC 9110, section 5.5: a field value holds no CR, LF or NUL.
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Where a document comes from: exactly one of the three. */
export const SpecSourceInput = z
  .object({
    url: z.string().max(4000).nullish(),
    document: z.unknown().optional(),
    text: z.union([z.string(), z.instanceof(Uint8Array)]).nullish(),
  })
  .refine(
    ({ url, document, text }) => [url, document, text].filter((one) => one != null).length === 1,
    {
      message: 'expected exactly one of url, document and text',
    },
  );
export type SpecSourceInput = z.input<typeof SpecSourceInput>;

export const BaseUrlInput = z
  .string()
  .max(4000)
  .refine(isHttpUrl, 'expected an absolute http or https URL without user name, query or fragment');

export const HeadersInput = z.record(
  z.string().regex(headerName, 'expected an HTTP header name'),
  z.string().max(10_000).regex(headerValue, 'expected a header value without line breaks'),
);

export const ApiNameInput = z.string().trim().min(1).max(200);

export const SyncApiInput = z.object({
  source: SpecSourceInput,
  apiId: z.string().nullish(),
  name: ApiNameInput.nullish(),
  baseUrl: BaseUrlInput.nullish(),
  headers: HeadersInput.nullish(),
  strategy: z
    .enum(syncStrategies)
    .nullish()
    .transform((value) => value ?? 'GUARD'),
});
export type SyncApiInput = z.input<typeof SyncApiInput>;
export type ParsedSyncInput = z.output<typeof SyncApiInput>;

export function toSpecSource({ url, document, text }: SpecSourceInput): SpecSource {
  if (url != null) return { url };
  if (text != null) return { text };
  if (document != null) return { document };
  throw new AppError('INVALID_INPUT', 'source: expected exactly one of url, document and text');
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return false;
  return !url.username && !url.password && !url.search && !url.hash;
}
