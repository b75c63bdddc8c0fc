import type { Context } from '../../context.js';
import type { McpParts } from '../mcp-parts.js';

/** What an authorization by a person is made with; who asks is another matter. */
export type OauthContext = Pick<Context, 'em' | 'clock' | 'sealer'> & {
  mcp: Pick<McpParts, 'http' | 'publicUrl'>;
};
