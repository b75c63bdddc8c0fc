import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type FastifyInstance, fastify } from 'fastify';
import { type GraphQLFormattedError, print } from 'graphql';
import { createAuthenticator } from '../../src/access/create-authenticator.js';
import { createAgentViews } from '../../src/agents/agent-views.js';
import { createCalls } from '../../src/calls/create-calls.js';
import { createSubmittedCalls } from '../../src/calls/submitted/create-submitted-calls.js';
import type { SubmittedParts } from '../../src/calls/submitted/submitted-parts.js';
import { createSpecReader } from '../../src/catalog/create-spec-reader.js';
import { createChangeFeed } from '../../src/changes/create-change-feed.js';
import { loadConfig } from '../../src/config.js';
import type { Context } from '../../src/context.js';
import { generateFernetKey } from '../../src/credentials/fernet.js';
import { createSealer } from '../../src/credentials/key-ring.js';
import { createTurns } from '../../src/lib/turns.js';
import { seedLocalTools } from '../../src/local-tools/seed-local-tools.js';
import { createLogger } from '../../src/logger.js';
import { createMcpTokens } from '../../src/mcp-servers/oauth/create-mcp-tokens.js';
import { rememberTokens } from '../../src/mcp-servers/oauth/remember-tokens.js';
import { openMemoryMessaging } from '../../src/messaging/memory/open-memory-messaging.js';
import { defaultMessagingSettings } from '../../src/messaging/settings.js';
import { createGraphql } from '../../src/transports/graphql/create-graphql.js';
import { createHttpClient } from '../../src/upstream/create-http-client.js';
import { createMcpSessions } from '../../src/upstream/mcp/create-mcp-sessions.js';
import { executorEnv } from './executor-env.js';
import { openTestStorage } from './test-storage.js';

export type Asker = { tenant?: string; app?: string };
export type Answer<Data> = { data: Data | null; errors: GraphQLFormattedError[] };
export type GraphqlHarness = AsyncDisposable & {
  server: FastifyInstance;
  /** SQL statements since the last call of `ask`, in order. */
  statements: string[];
  fork(): EntityManager;
  submitted: SubmittedParts;
  /** One operation over HTTP, as the app `shop` of the tenant `acme` unless said otherwise. */
  ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    asker?: Asker,
  ): Promise<Answer<Data>>;
};

const clock = { now: () => new Date() };

/** GraphQL over a database of its own that counts the statements it is sent. */
export async function openGraphqlHarness(
  overrides: Partial<Context> & { maxBodyBytes?: number } = {},
): Promise<GraphqlHarness> {
  await using stack = new AsyncDisposableStack();
  const statements: string[] = [];
  const storage = stack.use(await openTestStorage());
  await seedLocalTools(storage.fork(), clock);
  const config = loadConfig({
    ...executorEnv(),
    LOG_LEVEL: 'SILENT',
    EGRESS_ALLOW: '127.0.0.1',
  });
  const authenticator = stack.use(createAuthenticator(config, { clock }));
  const logger = overrides.logger ?? createLogger(config.log);
  const http = stack.use(createHttpClient(config.egress));
  const specs = stack.use(createSpecReader({ http }));
  const { listen } = storage;
  const feed = stack.use(
    createChangeFeed({ fork: () => storage.fork(), listen, logger, settings: config.live }),
  );
  const views = createAgentViews({ feed, fork: () => recording(storage.fork(), statements) });
  const sealer = createSealer([generateFernetKey()]);
  const observer = { begin: () => ({ upstreamHeaders: {}, end: () => {} }) };
  const fork = () => storage.fork();
  const sessions = stack.use(createMcpSessions({ http, logger }));
  const mcp = {
    ...config.mcp,
    sessions,
    turns: createTurns(),
    tokens: rememberTokens(stack.use(createMcpTokens({ http, fork, sealer, clock, logger }))),
    http,
  };
  const calls = stack.use(
    createCalls({
      ...{ http, observer, clock, logger, sealer, mcp, settings: config.calls },
      isAlone: false,
      fork,
      run: storage.run,
    }),
  );
  const { requests } = stack.use(openMemoryMessaging(defaultMessagingSettings));
  const submitted = stack.use(
    createSubmittedCalls({
      ...{ fork, run: storage.run, listen, sealer, requests, logger, checkMs: config.live.checkMs },
      settings: { retentionDays: config.calls.retentionDays, requeueMs: 30_000 },
    }),
  );
  const graphql = stack.use(
    await createGraphql({
      contextFor: async ({ headers, id }) => ({
        actor: await authenticator.authenticate(headers),
        em: recording(storage.fork(), statements),
        run: storage.run,
        clock,
        logger,
        requestId: id,
        signal: null,
        traceHeaders: {},
        calls,
        submitted,
        feed,
        views,
        meanings: null,
        sealer,
        descriptions: null,
        specs,
        mcp,
        ...overrides,
      }),
      logger,
      http,
      settings: config.graphql,
      live: config.live,
      limits: { maxBodyBytes: overrides.maxBodyBytes ?? 1_000_000 },
    }),
  );
  const server = fastify();
  await graphql.register(server);
  stack.defer(() => server.close());
  const held = stack.move();
  return {
    server,
    statements,
    submitted,
    fork: () => storage.fork(),
    ask: async (document, variables, { tenant = 'acme', app = 'shop' } = {}) => {
      statements.length = 0;
      const reply = await server.inject({
        method: 'POST',
        url: '/graphql',
        headers: { 'x-tenantid': tenant, 'x-appid': app },
        payload: { query: print(document), variables },
      });
      const { data = null, errors = [] } = reply.json();
      return { data, errors };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Notes the text of each statement that is read with. */
function recording(em: EntityManager, statements: string[]): EntityManager {
  const transactional = em.transactional.bind(em);
  em.transactional = (work, options) =>
    transactional((inner) => work(recording(inner, statements)), options);
  const getKysely = em.getKysely.bind(em);
  em.getKysely = (() => {
    const kysely = getKysely();
    const executeQuery: typeof kysely.executeQuery = (statement, ...rest) => {
      statements.push('sql' in statement ? statement.sql : '');
      return kysely.executeQuery(statement, ...rest);
    };
    return { executeQuery };
  }) as typeof em.getKysely;
  return em;
}
