import { type DescribedTool, describeTool, describeTools } from '../../proxy/describe-tools.js';
import {
  type SearchVisibleToolsInput,
  searchVisibleTools,
} from '../../proxy/search-visible-tools.js';
import type { AtiRoute } from './ati-route.js';
import { pathText, queryText } from './read-query.js';

export const toolRoutes: AtiRoute[] = [
  {
    method: 'GET',
    path: '/tools',
    shape: 'error',
    handle: async (request, ctx) => {
      const input: SearchVisibleToolsInput = {
        provider: queryText(request, 'provider'),
        search: queryText(request, 'search'),
        // The verb turns what is a number into one.
        limit: queryText(request, 'limit') as number | null,
        cursor: queryText(request, 'cursor'),
      };
      const { tools, next } = await searchVisibleTools(ctx, input);
      const headers: Record<string, string> = next === null ? {} : { 'x-next-cursor': next };
      return { headers, body: (await describeTools(ctx, tools)).map(presentItem) };
    },
  },
  {
    method: 'GET',
    path: '/tools/:name',
    shape: 'error',
    handle: async (request, ctx) => ({
      body: presentTool(await describeTool(ctx, pathText(request, 'name'))),
    }),
  },
];

function presentItem({ tool, inputSchema, skills }: DescribedTool) {
  const { name, description, provider, method, tags } = tool;
  return {
    ...{ name, description, provider, method: titleOf(method), tags, skills },
    input_schema: inputSchema,
  };
}

/** Never with a key `error`, which clients take for a failure. */
function presentTool(described: DescribedTool) {
  const { name, path } = described.tool;
  return { ...presentItem(described), endpoint: path, hint: null, scope: `tool:${name}` };
}

/** `Get`, `Post`: methods as the protocol writes them. */
function titleOf(method: string): string {
  return `${method.slice(0, 1).toUpperCase()}${method.slice(1).toLowerCase()}`;
}
