import { inject } from 'vitest';
import type { RedisOptions } from '../support/redis-server.js';
import { buildScene, type Scene } from './scene.js';

/** A scene on the PostgreSQL server of this run of the tests, if it has one. */
export function openScene(redis: RedisOptions = {}): Promise<Scene> {
  return buildScene({ postgresUrl: inject('postgresUrl') || null, redis });
}
