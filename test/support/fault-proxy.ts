import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a connection through the proxy suffers. */
export type Fault =
  | { kind: 'none' }
  /** Each piece comes this much later, both ways. */
  | { kind: 'latency'; ms: number }
  /** Both ends stay connected and nothing passes on these connections any more, whatever is set later. */
  | { kind: 'half-open' }
  | { kind: 'bandwidth'; bytesPerSecond: number }
  /** New connections are reset. */
  | { kind: 'refuse' };

export type FaultProxy = AsyncDisposable & {
  port: number;
  /** For what passes from now on. */
  set(fault: Fault): void;
  /** RST to everybody who is connected. */
  resetAll(): void;
  /**
   * The next piece from a client that matches stops its connection: `before`, the server never sees it; `after`, it does,
   * and its answer stays in the proxy. Resolves when that happened.
   */
  stopAt(when: 'before' | 'after', matches: (sent: Buffer) => boolean): Promise<void>;
};

type Link = { client: Socket; server: Socket; isStopped: boolean };
type Trap = { when: 'before' | 'after'; matches(sent: Buffer): boolean; spring(): void };

/** A TCP proxy on 127.0.0.1 in front of `port`, with faults. */
export async function startFaultProxy({ port }: { port: number }): Promise<FaultProxy> {
  const links = new Set<Link>();
  let fault: Fault = { kind: 'none' };
  let trap: Trap | null = null;

  function isTrapped(link: Link, piece: Buffer): boolean {
    if (!trap?.matches(piece)) return false;
    link.isStopped = true;
    if (trap.when === 'after') link.server.write(piece);
    trap.spring();
    trap = null;
    return true;
  }

  const proxy = createServer({ noDelay: true }, (client) => {
    if (fault.kind === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    const link: Link = { client, server, isStopped: fault.kind === 'half-open' };
    links.add(link);
    client.on('data', (piece) => {
      if (!isTrapped(link, piece)) pass(link, 'server', piece, fault);
    });
    server.on('data', (piece) => pass(link, 'client', piece, fault));
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => {});
      from.on('close', () => {
        links.delete(link);
        to.destroy();
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  return {
    port: (proxy.address() as AddressInfo).port,
    set: (next) => {
      fault = next;
      if (next.kind === 'half-open') for (const link of links) link.isStopped = true;
    },
    resetAll: () => {
      for (const { client, server } of links) {
        client.resetAndDestroy();
        server.destroy();
      }
    },
    stopAt: (when, matches) =>
      new Promise((done) => {
        trap = { when, matches, spring: done };
      }),
    [Symbol.asyncDispose]: async () => {
      for (const { client, server } of links) {
        client.destroy();
        server.destroy();
      }
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

function pass(link: Link, to: 'client' | 'server', piece: Buffer, fault: Fault): void {
  if (link.isStopped) return;
  const target = link[to];
  if (fault.kind === 'latency') {
    setTimeout(() => target.write(piece), fault.ms);
  } else if (fault.kind === 'bandwidth') {
    const source = to === 'client' ? link.server : link.client;
    source.pause();
    setTimeout(
      () => {
        target.write(piece);
        source.resume();
      },
      (piece.length / fault.bytesPerSecond) * 1000,
    );
  } else {
    target.write(piece);
  }
}
