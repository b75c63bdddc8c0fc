import { type Logger as PinoLogger, pino } from 'pino';

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
  // While one line is written the next ones gather; what is left goes out when the process ends.
  return pino(options, pino.destination({ sync: false }));
}
