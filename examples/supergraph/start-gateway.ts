import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGatewayRuntime, getGraphQLWSOptions } from '@graphql-hive/gateway-runtime';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

export type Gateway = AsyncDisposable & {
  /** GraphQL over HTTP, with Server-Sent Events for subscriptions. */
  url: string;
  /** The same over websockets (graphql-transport-ws). */
  wsUrl: string;
};

export type GatewayOptions = {
  supergraph: string;
  /** Identifies the caller to the subgraphs. Over a websocket, `connectionParams` carry them. */
  forwardedHeaders: readonly string[];
  /** How the gateway subscribes to the subgraphs. */
  subscriptions: 'sse' | 'ws';
  /** Told of each operation that is sent to a subgraph. */
  onSubgraph?(subgraph: string): void;
};

/** Hive Gateway over a composed supergraph, on a free port. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { supergraph, forwardedHeaders, subscriptions, onSubgraph } = options;
  const connectionParams = Object.fromEntries(
    forwardedHeaders.map((name) => [name, `{context.headers["${name.toLowerCase()}"]}`]),
  );
  const runtime = createGatewayRuntime({
    supergraph,
    logging: false,
    maskedErrors: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) =>
        Object.fromEntries(
          forwardedHeaders.flatMap((name) => {
            const value = request.headers.get(name);
            return value ? [[name, value]] : [];
          }),
        ),
    },
    ...(subscriptions === 'ws' && {
      transportEntries: {
        toolgraph: {
          options: { subscriptions: { kind: 'ws', options: { connectionParams } } },
        },
      },
    }),
    plugins: () => [
      {
        onSubgraphExecute: ({ subgraphName }: { subgraphName: string }) => {
          onSubgraph?.(subgraphName);
        },
      },
    ],
  });
  const server = createServer(runtime);
  const sockets = new WebSocketServer({ server, path: runtime.graphqlEndpoint });
  const accepted = useServer(getGraphQLWSOptions(runtime, identify), sockets);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${runtime.graphqlEndpoint}`,
    wsUrl: `ws://127.0.0.1:${port}${runtime.graphqlEndpoint}`,
    [Symbol.asyncDispose]: async () => {
      await accepted.dispose();
      server.closeAllConnections();
      server.close();
      await runtime[Symbol.asyncDispose]();
    },
  };
}

/** What a client says of itself when its websocket opens stands for the headers of a request. */
function identify({ connectionParams }: { connectionParams?: Record<string, unknown> }) {
  const given = Object.entries(connectionParams ?? {}).map(([name, value]) => [
    name,
    String(value),
  ]);
  const headers = new Headers(Object.fromEntries(given));
  const request = new Request('http://gateway.invalid/graphql', { headers });
  return { request, headers: Object.fromEntries(headers) };
}
