import { z } from 'zod';
import { parseInput } from '../../../lib/parse-input.js';

/** More often than this nobody is asked whether a subscription goes on, whatever the router wishes. */
const minHeartbeatMs = 500;

const heartbeat = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .transform((ms) => (ms === 0 ? 0 : Math.max(ms, minHeartbeatMs)));

const Callback = z
  .object({
    callbackUrl: z.url().max(4000).optional(),
    callback_url: z.url().max(4000).optional(),
    subscriptionId: z.string().min(1).max(1000).optional(),
    subscription_id: z.string().min(1).max(1000).optional(),
    verifier: z.string().max(4000),
    heartbeatIntervalMs: heartbeat.optional(),
    heartbeat_interval_ms: heartbeat.optional(),
  })
  .transform((given, context) => {
    const callbackUrl = given.callbackUrl ?? given.callback_url;
    const subscriptionId = given.subscriptionId ?? given.subscription_id;
    if (callbackUrl && subscriptionId) {
      const heartbeatIntervalMs = given.heartbeatIntervalMs ?? given.heartbeat_interval_ms ?? 5000;
      return { callbackUrl, subscriptionId, verifier: given.verifier, heartbeatIntervalMs };
    }
    context.addIssue({ code: 'custom', message: 'callbackUrl and subscriptionId are required' });
    return z.NEVER;
  });

/** Where the results of one subscription go. A heartbeat of 0 is none. */
export type Callback = z.output<typeof Callback>;

/**
 * `extensions.subscription` of a request (Apollo's HTTP callback protocol, callback/1.0; older routers write its names
 * with underscores). Throws INVALID_INPUT.
 */
export function readCallback(raw: unknown): Callback {
  return parseInput(z.object({ extensions: z.object({ subscription: Callback }) }), {
    extensions: { subscription: raw },
  }).extensions.subscription;
}
