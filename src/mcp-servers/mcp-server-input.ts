import { z } from 'zod';
import { parseUpstreamTemplate } from './match-upstream-url.js';

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

/**
 * URLs that an operator lets callers send one call to in place of the server's own: scheme, port and path as they are
 * written, each label of the host may have `*`, such as `https://*.example.com:8443/mcp`.
 */
export const UpstreamUrlsInput = z
  .array(
    z
      .string()
      .max(4000)
      .refine(
        (text) => parseUpstreamTemplate(text) !== null,
        'expected an http or https URL whose host may have "*" within a label, such as https://*.example.com/mcp',
      ),
  )
  .max(100);

function isServerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return false;
  return !url.username && !url.password && !url.hash;
}
