import { randomUUID } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import {
  createSourceEventStream,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
} from 'graphql';
import type { Context } from '../../../context.js';
import { type GraphqlContext, toGraphqlContext } from '../graphql-context.js';
import { groupKey } from './group-key.js';
import { type OperationRequest, prepareOperation, type Subscribing } from './hand-over.js';
import { type LiveEvent, nameOfEvent } from './live-event.js';
import { type Format, OperationError } from './operation-error.js';
import { type Made, SharedResults } from './shared-results.js';

/** The events of a subscription, each the JSON of an execution result. */
export type ResultStream = {
  /** Null at the end. One at a time. Throws OperationError. */
  next(): Promise<string | null>;
  /** Ends it, also while `next` waits. */
  end(): void;
};

export type Started = { kind: 'result'; text: string } | { kind: 'stream'; stream: ResultStream };

export type Operations = {
  /** Throws OperationError when nothing could be executed. */
  start(
    request: OperationRequest,
    options: { ctx: Context; signal: AbortSignal; refuses?: 'mutation' | undefined },
  ): Promise<Started>;
};

const maxSharedBytes = 32 * 1024 * 1024;

/** Operations that outlive a request: what subscribers ask alike is executed once for each event. */
export function createOperations(parts: {
  server: Pick<ApolloServer<GraphqlContext>, 'executeOperation'>;
  schema: GraphQLSchema;
  format: Format;
}): Operations {
  const shared = new SharedResults(maxSharedBytes);
  return {
    start: async (request, { ctx, signal, refuses }) => {
      const own = { ...ctx, em: ctx.em.fork(), signal };
      const prepared = await prepareOperation(parts.server, request, { ctx: own, refuses });
      if (prepared.kind === 'subscription') {
        const subscription = { ...prepared, ...parts, request, ctx };
        return { kind: 'stream', stream: await subscribe(subscription, shared) };
      }
      const { data, errors = [] } = prepared.result;
      if (data === undefined && errors.length > 0) throw new OperationError(errors);
      return { kind: 'result', text: JSON.stringify(prepared.result) };
    },
  };
}

type Subscription = Subscribing & {
  request: OperationRequest;
  ctx: Context;
  schema: GraphQLSchema;
  format: Format;
};

async function subscribe(subscription: Subscription, shared: SharedResults): Promise<ResultStream> {
  const { request, ctx, document, operation, format } = subscription;
  const events = await openEvents(subscription);
  const variables = request.variables ?? {};
  const { actor } = ctx;
  const key = groupKey({ query: request.query, document, operation, variables, actor });
  const group = shared.join(key);
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    shared.leave(group);
    void events.return?.();
  };
  const next = async () => {
    try {
      const { value: event, done } = await events.next();
      if (!done && !isOver) {
        return await shared.of(group, nameOfEvent(event), () => executeFor(event, subscription));
      }
    } catch (error) {
      end();
      throw new OperationError([format(error, ctx)]);
    }
    end();
    return null;
  };
  return { next, end };
}

async function openEvents({
  schema,
  ctx,
  request,
  document,
  operation,
  format,
}: Subscription): Promise<AsyncIterator<LiveEvent>> {
  const { variableDefinitions = [], name } = operation;
  const { errors } = getVariableValues(schema, variableDefinitions, request.variables ?? {});
  if (errors) {
    const coded = errors.map((error) => withCode(error, 'BAD_USER_INPUT'));
    throw new OperationError(coded.map((error) => format(error, ctx)));
  }
  const source = await createSourceEventStream({
    ...{ schema, document, contextValue: toGraphqlContext(ctx) },
    variableValues: request.variables,
    operationName: name?.value,
  });
  if (!(Symbol.asyncIterator in source)) {
    throw new OperationError((source.errors ?? []).map((error) => format(error, ctx)));
  }
  // The subscriptions of the schema tell these.
  return source[Symbol.asyncIterator]() as AsyncIterator<LiveEvent>;
}

/** For all who ask alike, so that it is bound to none of their connections. */
async function executeFor(
  event: LiveEvent,
  { schema, ctx, request, document, operation, format }: Subscription,
): Promise<Made> {
  const own = { ...ctx, requestId: randomUUID(), signal: null };
  const { data, errors } = await execute({
    ...{ schema, document, rootValue: event, contextValue: toGraphqlContext(own) },
    variableValues: request.variables,
    operationName: operation.name?.value,
  });
  if (!errors) return { text: JSON.stringify({ data }), isLasting: true };
  const told = errors.map((error) => format(error, own));
  return { text: JSON.stringify({ errors: told, data }), isLasting: false };
}

/** graphql-js gives none to variables that do not fit. */
function withCode({ message, nodes }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, extensions: { code } });
}
