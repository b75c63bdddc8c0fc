import { z } from 'zod';

/** One line without a slash: `server/tool` names a tool. */
export const ServerNameInput = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^/\p{Cc}]+$/u, 'expected one line without "/"');

export const ServerUrlInput = z
  .string()
  .max(4000)
  .refine(isServerUrl, 'expected an absolute http or https URL without a user name, password or #');

export const TimeoutSecondsInput = z.number().int().min(1).max(600);

/** What goes into a header: visible characters and spaces. */
export const TokenInput = z
  .string()
  .min(1)
  .max(20_000)
  .regex(/^[\x20-\x7e]+$/, 'expected a token without line breaks');

function isServerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return false;
  return !url.username && !url.password && !url.hash;
}
