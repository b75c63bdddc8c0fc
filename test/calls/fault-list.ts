import type { RunPolicy } from '../../src/calls/run-request.js';
import type { RawRequest } from '../support/faulty-server.js';

export const okHead = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';

type Fault = {
  name: string;
  answer: (request: RawRequest) => void;
  policy?: Partial<RunPolicy>;
  /** For a GET, then for a POST. */
  outcomes: [string, string];
  message: RegExp;
};

/** What a server can do to a call; each ends without an answer. */
export const faults: Fault[] = [
  {
    name: 'hangs before the headers',
    answer: () => {},
    policy: { timeoutMs: 200 },
    outcomes: ['TIMEOUT', 'INDETERMINATE'],
    message: /^"127\.0\.0\.1" did not answer within \d+ ms\./,
  },
  {
    name: 'hangs in the body',
    answer: ({ socket }) => socket.write(`${okHead}Content-Length: 10\r\n\r\nhalf`),
    policy: { timeoutMs: 200 },
    outcomes: ['TIMEOUT', 'INDETERMINATE'],
    message: /did not finish its answer within \d+ ms/,
  },
  {
    name: 'sends its headers byte by byte without end',
    answer: ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nx-a: ');
      const timer = setInterval(() => socket.write('a'), 5);
      socket.on('close', () => clearInterval(timer));
    },
    policy: { timeoutMs: 200 },
    outcomes: ['TIMEOUT', 'INDETERMINATE'],
    message: /did not answer within \d+ ms/,
  },
  {
    name: 'sends its body byte by byte without end',
    answer: ({ socket }) => {
      socket.write(`${okHead}\r\n`);
      const timer = setInterval(() => socket.write('a'), 5);
      socket.on('close', () => clearInterval(timer));
    },
    policy: { timeoutMs: 200, maxBytes: 1_000_000 },
    outcomes: ['TIMEOUT', 'INDETERMINATE'],
    message: /did not finish its answer/,
  },
  {
    name: 'resets before it answers',
    answer: ({ socket }) => void socket.resetAndDestroy(),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /closed the connection before its answer was complete/,
  },
  {
    name: 'closes before it answers',
    answer: ({ socket }) => void socket.end(),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /closed the connection before its answer was complete/,
  },
  {
    name: 'resets in the middle of the body',
    answer: ({ socket }) =>
      void socket.write(`${okHead}Content-Length: 10\r\n\r\nhalf`, () => socket.resetAndDestroy()),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /closed the connection before its answer was complete/,
  },
  {
    name: 'ends before the length that it told',
    answer: ({ socket }) => void socket.end(`${okHead}Content-Length: 10\r\n\r\nhalf`),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /closed the connection before its answer was complete/,
  },
  {
    name: 'ends in the middle of a chunk',
    answer: ({ socket }) =>
      void socket.end(`${okHead}Transfer-Encoding: chunked\r\n\r\n10\r\nhalf`),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /closed the connection before its answer was complete|does not answer in HTTP/,
  },
  {
    name: 'tells two lengths',
    answer: ({ socket }) =>
      void socket.end(`${okHead}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /does not answer in HTTP/,
  },
  {
    name: 'does not speak HTTP',
    answer: ({ socket }) => void socket.end('SSH-2.0-OpenSSH\r\n'),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /does not answer in HTTP/,
  },
  {
    name: 'sends headers without end',
    answer: ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write('x-a: b\r\n'.repeat(1_000)));
      };
      socket.on('drain', more);
      more();
    },
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /answers with more headers than are taken/,
  },
  {
    name: 'sends what does not decompress',
    answer: ({ socket }) =>
      void socket.end(`${okHead}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\ngzip`),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /cannot be decompressed/,
  },
  {
    name: 'redirects to a metadata address',
    answer: ({ socket }) =>
      void socket.write(
        'HTTP/1.1 303 See Other\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n',
      ),
    outcomes: ['DENIED', 'DENIED'],
    message: /"169\.254\.169\.254" are not allowed: it is a cloud metadata address/,
  },
  {
    name: 'redirects in a loop',
    answer: ({ socket }) =>
      void socket.write('HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n'),
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /redirects more than 5 times/,
  },
  {
    name: 'redirects to something that is no URL, with a body without end',
    answer: ({ socket }) => {
      socket.write('HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n');
      const timer = setInterval(() => socket.write('a'), 5);
      socket.on('close', () => clearInterval(timer));
    },
    outcomes: ['FAILED', 'INDETERMINATE'],
    message: /redirects to something that is no URL/,
  },
];
