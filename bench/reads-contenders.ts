import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { generateFernetKey } from '../src/credentials/fernet.js';
import type { ContenderName } from './reads-cases.js';
import { nextMessage, startChild } from './run-child.js';

/** What a contender of the reads is started with. `dir` holds the answers of Toolgraph, a file each. */
export type ReadsArgument = { dir: string; files: string[]; databaseUrl: string };

export type Contender = AsyncDisposable & { url: string };

const files: Record<Exclude<ContenderName, 'toolgraph'>, string> = {
  apollo: './reads-apollo.js',
  postgraphile: './reads-postgraphile.js',
  bytes: './reads-bytes.js',
};

const production = { NODE_ENV: 'production', GRAPHILE_ENV: 'production' };

export function startContender(name: keyof typeof files, argument: ReadsArgument) {
  return opened(startChild(files[name], argument, [], production));
}

/** The whole server, on the database and with the settings that are given. */
export function startToolgraph(env: Record<string, string>, nodeOptions: string[] = []) {
  return opened(startChild('./calls-server.js', env, nodeOptions, production));
}

async function opened(child: ChildProcess): Promise<Contender> {
  const { url } = await nextMessage<{ url: string }>(child);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.send('end');
      await exited;
    },
  };
}

/** Settings of a server that neither logs nor lives long. */
export function toEnv(databaseUrl: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    CREDENTIAL_SECRET: generateFernetKey(),
    LOG_LEVEL: 'SILENT',
  };
}
