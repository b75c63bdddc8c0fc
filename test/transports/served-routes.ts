import { fastify } from 'fastify';
import { createLogger } from '../../src/logger.js';
import { registerRest } from '../../src/transports/rest/register-rest.js';

/** Every route of the REST transport as `METHOD /path` under `/tools`. */
export async function servedRoutes(): Promise<string[]> {
  const routes: string[] = [];
  const app = fastify();
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push(`${one} ${url.replace('/tools', '')}`);
  });
  await registerRest(app, {
    contextFor: () => Promise.reject(new Error('No request is made.')),
    publicContext: () => {
      throw new Error('No request is made.');
    },
    limits: { maxBodyBytes: 1000, maxDocumentBytes: 1000 },
    logger: createLogger({ level: 'silent' }),
  });
  return routes;
}
