import { existsSync } from 'node:fs';
import type { App } from './app.js';
import { loadConfig } from './config.js';
import type { Config } from './config-types.js';
import { resealCredentials } from './credentials/reseal-credentials.js';
import { AppError } from './errors.js';
import { type Host, runUntilStopped } from './run-until-stopped.js';
import { openDatabase } from './storage/open-database.js';
import { type HealthServer, startHealthServer } from './transports/worker/health-server.js';
import type { Worker } from './transports/worker/open-worker.js';
import { welcome } from './welcome.js';

// Each loads what it needs: a worker starts without what serves callers.
const commands: Record<string, () => Promise<void>> = {
  start,
  worker,
  migrate,
  schema,
  'rotate-credentials': rotateCredentials,
};

const host: Host = {
  onSignal: (listener) => {
    process.on('SIGINT', listener);
    process.on('SIGTERM', listener);
  },
  onStray: (listener) => {
    process.on('uncaughtException', listener);
    process.on('unhandledRejection', listener);
  },
  complain: (error) => void process.stderr.write(`${explain(error)}\n`),
  exit: (status) => process.exit(status),
};

async function start(): Promise<void> {
  const { createApp } = await import('./app.js');
  const config = loadConfig(readEnvironment());
  await runUntilStopped(host, config, async () => {
    const app = await createApp(config);
    await listen(app, config);
    const port = config.worker.healthPort;
    const health = app.worker && port ? await startHealth(app, app.worker, port) : null;
    return { app, health, worker: app.worker };
  });
}

async function worker(): Promise<void> {
  const { createWorkerApp } = await import('./worker-app.js');
  const config = loadConfig(readEnvironment());
  await runUntilStopped(host, config, async () => {
    const app = await createWorkerApp(config);
    const port = config.worker.healthPort ?? 9090;
    const health = port === 0 ? null : await startHealth(app, app.worker, port);
    const where = health ? ` Its health: http://127.0.0.1:${health.port}/readyz` : '';
    say(`The worker reads ${config.worker.names.stream}.${where}`);
    return { app, health, worker: app.worker };
  });
}

async function startHealth(
  app: Pick<App, 'ports'> & AsyncDisposable,
  running: Worker,
  port: number,
): Promise<HealthServer> {
  try {
    return await startHealthServer({ ...app.ports, worker: running, port });
  } catch (cause) {
    await app[Symbol.asyncDispose]();
    if (!isPortTaken(cause)) throw cause;
    const message = `Port ${port} on 127.0.0.1 is taken. Set WORKER_HEALTH_PORT to another one, or to 0 for none.`;
    throw new AppError('CONFLICT', message, {}, { cause });
  }
}

async function listen(app: App, { server: { host, port }, database, auth }: Config): Promise<void> {
  try {
    const url = await app.server.listen({ host, port });
    const isOpen = auth === null && !['127.0.0.1', '::1', 'localhost'].includes(host);
    say(welcome({ url, database, isOpen }));
  } catch (cause) {
    await app[Symbol.asyncDispose]();
    if (!isPortTaken(cause)) throw cause;
    const message = `Port ${port} on ${host} is taken. Stop what listens there, or set PORT to another one.`;
    throw new AppError('CONFLICT', message, {}, { cause });
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

async function migrate(): Promise<void> {
  await using storage = await openDatabase(loadConfig(readEnvironment()).database);
  await storage.migrate();
  say('The database is up to date.');
}

async function schema(): Promise<void> {
  const { printSchema } = await import('./transports/graphql/print-schema.js');
  say(printSchema());
}

async function rotateCredentials(): Promise<void> {
  const { openPorts } = await import('./open-ports.js');
  await using stack = new AsyncDisposableStack();
  const { storage, sealer } = await openPorts(loadConfig(readEnvironment()), {}, stack);
  await storage.migrate();
  const report = await resealCredentials(storage.fork(), sealer);
  say(
    `${report.rows} rows with secrets: ${report.resealed} sealed anew, ${report.current} under the first key already, ${report.unreadable} that no key opens, ${report.contended} changed meanwhile.`,
  );
  if (report.unreadable + report.contended > 0) process.exitCode = 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A problem that was foreseen needs a sentence; anything else is a bug and needs its stack. */
function explain(error: unknown): string {
  if (error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The environment, with a `.env` file of the working directory behind it: what is set already wins. */
function readEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

const name = process.argv[2] ?? 'start';
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
try {
  if (!command) {
    throw new AppError(
      'INVALID_INPUT',
      `"${name}" is no command. There are ${Object.keys(commands).join(', ')}.`,
    );
  }
  await command();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
