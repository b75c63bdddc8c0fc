import type { AtiAuthenticator, AtiCaller } from './access/ati/ati-caller.js';
import { createAtiAuthenticator } from './access/ati/create-ati-authenticator.js';
import type { Config } from './config-types.js';
import type { Context } from './context.js';
import type { Ports } from './open-ports.js';
import type { ProxyContext, ProxyParts } from './proxy/proxy-context.js';
import { RateLimits } from './proxy/rate-limits.js';
import type { HttpRequest } from './transports/create-server.js';
import { readTraceHeaders } from './transports/read-trace-headers.js';
import type { OwnNames } from './transports/refuse-rebinding.js';
import { createTextWriter } from './upstream/openai-text-writer.js';

/** What the ATI proxy is made of. */
export type Ati = {
  authenticator: AtiAuthenticator;
  names: OwnNames;
  contextFor(
    request: HttpRequest,
    caller: AtiCaller,
    signalOf: () => AbortSignal | null,
  ): ProxyContext;
};

/** Throws INVALID_INPUT for a key that verifies nothing: the proxy never serves without the check that was asked for. */
export async function openAti(
  config: Config,
  ports: Ports,
  parts: Pick<Context, 'calls' | 'meanings'>,
  stack: AsyncDisposableStack,
): Promise<Ati> {
  const { ati, auth, secrets, tenancy } = config;
  const authenticator = await createAtiAuthenticator(
    {
      ...ati,
      secret: secrets.atiJwtSecret,
      isServiceClosed: auth !== null,
      defaultTenant: tenancy.defaultTenant,
      tenantClaim: auth?.tenantClaim ?? 'tenant_id',
      appClaim: auth?.appClaim ?? 'app_id',
    },
    ports.clock,
  );
  const writer = stack.use(openWriter(config));
  const proxy: ProxyParts = { rates: new RateLimits(), http: ports.http, files: ati, writer };
  return {
    authenticator,
    names: {
      auth: authenticator.mode === 'open' ? null : {},
      host: config.server.host,
      publicUrl: config.mcp.publicUrl,
    },
    contextFor: ({ headers }, caller, signalOf) => ({
      ...{ actor: caller.actor, caller, proxy, ...parts, em: ports.storage.fork() },
      ...{ views: ports.views, clock: ports.clock, logger: ports.logger },
      ...{ signal: signalOf(), traceHeaders: readTraceHeaders(headers) },
    }),
  };
}

function openWriter({ llm, secrets }: Config) {
  if (!llm || !secrets.openaiApiKey) return null;
  return createTextWriter({ ...llm, apiKey: secrets.openaiApiKey });
}
