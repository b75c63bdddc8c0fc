import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** A command as it was sent, each part as Latin-1 text. */
export type Command = readonly string[];

export type RedisTap = AsyncDisposable & {
  url: string;
  /** Commands that came, in order. */
  seen: Command[];
  /**
   * At the next command that fits, everything stands still: `before` it reaches Redis, or `after` it did and without its
   * answer. Resolves then. From the outside this is the only way to hit a process between two of its steps.
   */
  hold(fits: (command: Command) => boolean, when: 'before' | 'after'): Promise<Command>;
  /** Lets everything pass again, and what was held back first. */
  release(): void;
};

type Trap = {
  fits: (command: Command) => boolean;
  when: 'before' | 'after';
  sprung: (command: Command) => void;
};

/** Stands between one worker and Redis on 127.0.0.1 and knows which commands pass. */
export async function startRedisTap(port: number): Promise<RedisTap> {
  const seen: Command[] = [];
  const sockets = new Set<Socket>();
  const heldBack: (() => void)[] = [];
  let trap: Trap | null = null;
  let isHeld = false;
  const pass = (send: () => void) => {
    if (isHeld) heldBack.push(send);
    else send();
  };

  function onCommand(command: Command, send: () => void): void {
    seen.push(command);
    const sprung = !isHeld && trap?.fits(command) ? trap : null;
    if (!sprung) {
      pass(send);
      return;
    }
    trap = null;
    if (sprung.when === 'after') send();
    isHeld = true;
    if (sprung.when === 'before') heldBack.push(send);
    sprung.sprung(command);
  }

  const server = createServer((client) => {
    const redis = createConnection({ port, host: '127.0.0.1' });
    for (const [from, to] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => from.destroy());
      from.on('close', () => {
        sockets.delete(from);
        // Not destroy: what was written to Redis still has to be read there.
        to.end();
      });
    }
    let rest: Buffer = Buffer.alloc(0);
    client.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let read = readCommand(rest); read; read = readCommand(rest)) {
        const bytes = rest.subarray(0, read.length);
        rest = rest.subarray(read.length);
        onCommand(read.command, () => redis.write(bytes));
      }
    });
    redis.on('data', (chunk) => pass(() => client.write(chunk)));
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    hold: (fits, when) =>
      new Promise((sprung) => {
        trap = { fits, when, sprung };
      }),
    release: () => {
      isHeld = false;
      for (const send of heldBack.splice(0)) send();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The first whole command of these bytes: an array of bulk strings, as every client sends them. */
function readCommand(bytes: Buffer): { command: string[]; length: number } | null {
  const count = readHeader(bytes, 0);
  if (!count) return null;
  const command: string[] = [];
  let at = count.end;
  for (let index = 0; index < count.value; index += 1) {
    const size = readHeader(bytes, at);
    if (!size || bytes.length < size.end + size.value + 2) return null;
    command.push(bytes.toString('latin1', size.end, size.end + size.value));
    at = size.end + size.value + 2;
  }
  return { command, length: at };
}

/** The number in a line such as `*3` or `$12`, and where the line ends. */
function readHeader(bytes: Buffer, from: number): { value: number; end: number } | null {
  const end = bytes.indexOf('\r\n', from);
  if (end < 0) return null;
  return { value: Number(bytes.toString('latin1', from + 1, end)), end: end + 2 };
}
