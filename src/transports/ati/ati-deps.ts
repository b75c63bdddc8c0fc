import type { FastifyRequest } from 'fastify';
import type { AtiAuthenticator, AtiCaller } from '../../access/ati/ati-caller.js';
import type { Logger } from '../../logger.js';
import type { ProxyContext } from '../../proxy/proxy-context.js';
import type { OwnNames } from '../refuse-rebinding.js';

/** What the ATI proxy needs of the application. */
export type AtiDeps = {
  atiAuthenticator: AtiAuthenticator;
  proxyContextFor(request: FastifyRequest, caller: AtiCaller): ProxyContext;
  logger: Logger;
  limits: { maxBodyBytes: number };
  /** `auth` of the proxy: null where its callers are trusted. */
  names: OwnNames;
};
