import { buildConnector } from 'undici';
import { type EgressGuard, portOf } from './egress-guard.js';
import { settledBefore } from './settled-before.js';

/** Resolves, checks and connects as one step, so that no other answer of a resolver can come between. */
export function createGuardedConnector(
  guard: EgressGuard,
  timeout: number,
  closing: AbortSignal,
): buildConnector.connector {
  return (options, callback) => {
    const limit = AbortSignal.any([closing, AbortSignal.timeout(timeout)]);
    settledBefore(limit, guard.resolve(options.hostname, portOf(options))).then(
      (addresses) => {
        const connect = buildConnector({
          timeout,
          allowH2: false,
          autoSelectFamily: true,
          lookup: (_host, { all }, done) => {
            const [first] = addresses;
            if (all) done(null, addresses);
            else done(null, first?.address ?? '', first?.family);
          },
        });
        connect(options, callback);
      },
      (error: Error) => callback(error, null),
    );
  };
}
