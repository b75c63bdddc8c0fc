import { existsSync } from 'node:fs';
import { type App, createApp, openPorts } from './app.js';
import { loadConfig } from './config.js';
import type { Config } from './config-types.js';
import { resealCredentials } from './credentials/reseal-credentials.js';
import { AppError } from './errors.js';
import { openDatabase } from './storage/open-database.js';
import { printSchema } from './transports/graphql/print-schema.js';
import { welcome } from './welcome.js';

const commands: Record<string, () => Promise<void>> = {
  start,
  migrate,
  schema: async () => say(printSchema()),
  'rotate-credentials': rotateCredentials,
};

async function start(): Promise<void> {
  const config = loadConfig(readEnvironment());
  const app = await createApp(config);
  await listen(app, config);
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      void stop(app, config);
    });
  }
}

async function listen(app: App, { server: { host, port }, database, auth }: Config): Promise<void> {
  try {
    const url = await app.server.listen({ host, port });
    const isOpen = auth === null && !['127.0.0.1', '::1', 'localhost'].includes(host);
    say(welcome({ url, database, isOpen }));
  } catch (cause) {
    await app[Symbol.asyncDispose]();
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!isTaken) throw cause;
    const message = `Port ${port} on ${host} is taken. Stop what listens there, or set PORT to another one.`;
    throw new AppError('CONFLICT', message, {}, { cause });
  }
}

/** Finishes what runs, within the grace period, and exits with status 0. */
async function stop(app: App, { shutdown: { graceMs } }: Config): Promise<void> {
  setTimeout(() => process.exit(0), graceMs).unref();
  await app[Symbol.asyncDispose]();
  process.exit(0);
}

async function migrate(): Promise<void> {
  await using storage = await openDatabase(loadConfig(readEnvironment()).database);
  await storage.migrate();
  say('The database is up to date.');
}

async function rotateCredentials(): Promise<void> {
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
  // A problem that was foreseen needs a sentence; anything else is a bug and needs its stack.
  const text =
    error instanceof AppError ? error.message : error instanceof Error ? error.stack : error;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
