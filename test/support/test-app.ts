import { type App, createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { generateFernetKey } from '../../src/credentials/fernet.js';
import type { Ports } from '../../src/open-ports.js';
import { executorEnv } from './executor-env.js';
import { openTestStorage } from './test-storage.js';

export type TestAppOptions = { env?: Record<string, string>; ports?: Partial<Ports> };

/** The whole application on a database of its own, with calls in process: nothing listens. */
export async function aTestApp({ env, ports }: TestAppOptions = {}): Promise<App> {
  const config = loadConfig({
    ...executorEnv(),
    LOG_LEVEL: 'SILENT',
    CREDENTIAL_SECRET: generateFernetKey(),
    ...env,
  });
  await using stack = new AsyncDisposableStack();
  const storage = ports?.storage ?? stack.use(await openTestStorage());
  const app = stack.use(await createApp(config, { ...ports, storage }));
  const held = stack.move();
  return { ...app, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
