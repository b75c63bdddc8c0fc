import type { AtiCaller } from '../access/ati/ati-caller.js';
import type { AtiConfig } from '../config-types.js';
import type { Context } from '../context.js';
import type { HttpClient } from '../upstream/http-client.js';
import type { TextWriter } from '../upstream/text-writer.js';
import type { RateLimits } from './rate-limits.js';

/** What the proxy has for all callers; one for the whole process. */
export type ProxyParts = {
  rates: RateLimits;
  http: HttpClient;
  files: Pick<AtiConfig, 'downloadHosts' | 'uploadDestinations' | 'maxFileBytes'>;
  /** Null when no LLM is configured. */
  writer: TextWriter | null;
};

/** What one request of the proxy carries. */
export type ProxyContext = Pick<
  Context,
  'actor' | 'em' | 'views' | 'meanings' | 'calls' | 'clock' | 'logger' | 'signal' | 'traceHeaders'
> & { caller: AtiCaller; proxy: ProxyParts };
