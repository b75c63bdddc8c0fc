import { findRedisServer } from '../support/redis-server.js';
import { findPython } from './python-client.js';

/** What a test of the worker needs and this machine has not, as a sentence; null: nothing is missing. */
export const missingServer = findRedisServer()
  ? null
  : 'skipped: redis-server is neither in PATH nor named by REDIS_SERVER_PATH';

export const python = findPython();

export const missingPython =
  missingServer ??
  (python ? null : 'skipped: no Python with msgpack is in PATH or named by PYTHON_PATH');

/** A title that says what is missing. */
export const titled = (title: string, missing: string | null) =>
  missing ? `${title} (${missing})` : title;
