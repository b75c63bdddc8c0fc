import type { FastifyRequest } from 'fastify';
import type { AuthConfig, LiveConfig } from '../../config-types.js';
import type { Context } from '../../context.js';
import type { Logger } from '../../logger.js';
import type { Storage } from '../../storage/open-storage.js';
import type { Metrics } from '../../telemetry/metrics.js';

/** Where the endpoint is and how its callers say who they are. */
export type McpEndpointSettings = {
  /** How tokens are verified; null: headers are trusted. */
  auth: Pick<AuthConfig, 'issuer'> | null;
  /** The address that the server listens on. */
  host: string;
  /** What callers reach the server by, such as `https://tools.example.com`; null: as their requests say. */
  publicUrl: string | null;
};

/** What the MCP endpoint needs of the application. */
export type McpDeps = {
  /** Who asks. Throws INVALID_INPUT (`details.header`), UNAUTHENTICATED or FORBIDDEN. */
  contextFor(request: FastifyRequest): Promise<Context>;
  storage: Pick<Storage, 'fork' | 'listen'>;
  logger: Logger;
  limits: { maxBodyBytes: number };
  live: Pick<LiveConfig, 'maxConnections' | 'pingMs'>;
  metrics?: Pick<Metrics, 'liveChanged'>;
  settings: McpEndpointSettings;
};
