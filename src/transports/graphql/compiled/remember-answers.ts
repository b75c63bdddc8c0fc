import type { ExecutionResult } from 'graphql';
import type { AgentViews, Snapshot } from '../../../agents/agent-views.js';
import { scopes } from '../../../context.js';
import { RecentMap } from '../../../lib/recent-map.js';
import { type GraphqlContext, toGraphqlContext } from '../graphql-context.js';
import { RememberedData } from './remembered-data.js';

/** A query of the catalog: `key` says all of it but who asks. */
export type Question = {
  key: string;
  context: GraphqlContext;
  execute(context: GraphqlContext): ExecutionResult | Promise<ExecutionResult>;
};

const maxAskedOnce = 10_000;
const maxKeyLength = 4000;

/**
 * Answers queries of the catalog that come again from the text of the answer before, for as long as this process has
 * heard of no newer revision. A query is remembered from the second time that it comes, and only without errors; it is
 * then read as one moment of the catalog.
 */
export function rememberAnswers() {
  const askedOnce = new RecentMap<string, true>(maxAskedOnce);
  return async ({ key, context, execute }: Question): Promise<ExecutionResult> => {
    const { actor, views } = context;
    const part = `answer\n${JSON.stringify(actor.app)}\n${key}`;
    if (part.length > maxKeyLength || !actor.scopes.has(scopes.read)) return execute(context);
    const asked = `${actor.tenant}\n${part}`;
    if (!askedOnce.get(asked)) {
      askedOnce.set(asked, true);
      return execute(context);
    }
    let failed: ExecutionResult | null = null;
    const read = async (snapshot: Snapshot) => {
      const result = await execute(inMoment(context, snapshot));
      if (!result.errors) return new Map([[part, JSON.stringify(result.data)]]);
      failed = result;
      throw new Error('An answer with errors is not remembered.');
    };
    try {
      const text = (await views.recall(actor.tenant, [part], read)).get(part)?.value;
      if (text !== undefined) return { data: new RememberedData(text) as unknown as ObjectLike };
    } catch {
      // Whatever it was, the query tells it to its own caller.
    }
    return failed ?? execute(context);
  };
}

type ObjectLike = Record<string, unknown>;

/** Every read of the context sees the same rows. */
function inMoment(context: GraphqlContext, snapshot: Snapshot): GraphqlContext {
  const views: AgentViews = {
    recall: async (_tenant, parts, read) => {
      const { version } = snapshot;
      const values = await read(snapshot, [...new Set(parts)]);
      return new Map([...values].map(([part, value]) => [part, { value, version }]));
    },
  };
  return toGraphqlContext({ ...context, em: snapshot.em, views });
}
