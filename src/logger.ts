import { type Logger as PinoLogger, pino } from 'pino';
import { type GatheredLines, gatherLines } from './lib/gather-lines.js';

export type Logger = PinoLogger;

const secretPaths = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'client_secret',
  'secrets',
].flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** A kill takes this much of the log with it. */
const lingerMs = 10;

/** JSON lines on standard output. Values under the names in the redaction list never appear. */
export function createLogger({ level }: { level: string }): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        ...secretPaths,
        'req.headers.authorization',
        'req.headers.cookie',
        'config.secrets',
        'config.database.url',
        'config.redis.url',
      ],
      censor: '[redacted]',
    },
  };
  standardOutput ??= openStandardOutput();
  return pino(options, standardOutput);
}

let standardOutput: GatheredLines | null = null;

function openStandardOutput(): GatheredLines {
  const lines = gatherLines(pino.destination({ sync: false }), lingerMs);
  process.once('exit', () => lines.flushSync());
  return lines;
}
