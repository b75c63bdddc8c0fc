export type Fault = {
  says: string;
  /** Shown by a test of another folder: `title` is a part of its title. */
  elsewhere?: { file: string; title: string };
  /** Why there is no test of it, or which part of it has none. */
  without?: string;
};

const fault = (says: string, more: Omit<Fault, 'says'> = {}): Fault => ({ says, ...more });

/**
 * What can go wrong with a worker, its Redis and its callers. After each, every request has an answer or a dead letter,
 * unsafe tools had their effect at most once per key, nothing is pending, and no key is left without an end.
 */
export const faults = {
  1: fault('killed after it read a request, before it began the job'),
  2: fault('killed after it began the job, before it started it'),
  3: fault('killed after it started the job: unsafe ones are INDETERMINATE, safe ones run again'),
  4: fault('killed after the effect, before the job was finished'),
  5: fault('killed after the job was finished, before the answer'),
  6: fault('killed after the answer, before it knew that the request was done'),
  7: fault('killed while it puts a request aside'),
  8: fault('a request that kills three workers is put aside and answered, and others flow on'),
  9: fault('a process that aborts or is ended as one that ran out of memory', {
    without: 'Memory that really runs out: it takes the machine of the tests along.',
  }),
  10: fault('a rejection that nobody handles does not take the calls beside it down'),
  11: fault('a job of five leases runs once and is delivered once'),
  12: fault('stopped for longer than the lease and continued: fenced off, no answer of its own'),
  13: fault('an event loop that is blocked for longer than the lease'),
  14: fault('heartbeats that fail for half a lease and then come again'),
  15: fault('the clock of a worker jumps by an hour, either way', {
    without: 'The clock of the machine: the process is given another one.',
  }),
  16: fault('a lease that is lost during a call closes the connection to the upstream'),
  17: fault('the same request twice'),
  18: fault('the same key in many requests at once to several workers'),
  19: fault('a retry at any time after the end is answered from what was kept', {
    without:
      'Waiting for the windows of the other worker (119, 121, 299 and 301 s): the time of the record is moved instead.',
  }),
  20: fault('a retry under another correlation id'),
  21: fault('the same key with other arguments, another tool, another user'),
  22: fault('neither a key nor a correlation id'),
  23: fault('an empty key'),
  24: fault('stale, then fresh under the same key: it runs'),
  25: fault('without a session, then with one: it runs'),
  26: fault('without a session and stale at once: the session is told first'),
  27: fault('without a hash: nothing is checked'),
  28: fault('a permission that is withdrawn while the request waits'),
  29: fault('refused requests leave no record'),
  30: fault('user, guild, channel and platform of the request are not believed'),
  31: fault(
    'sessions that are empty, half, of wrong types, broken, or over while the request waits',
  ),
  32: fault('sessions that cannot be read: refused with a code that says try again', {
    without:
      'A store of sessions that fails alone: they lie in the same Redis as the requests, so a key of another type stands for it.',
  }),
  33: fault('a session or a grant used for another tool, other arguments, another tenant'),
  34: fault('`reply_to` that names a foreign key, one of another type, or the requests themselves'),
  35: fault('Redis restarts with its append-only file'),
  36: fault('Redis restarts empty'),
  37: fault('everything is flushed while workers wait'),
  38: fault('the stream is deleted, or the group destroyed, while workers wait'),
  39: fault('Redis stands still for longer than a read may take'),
  40: fault('each kind of connection is killed by the server'),
  41: fault('a network that is slow, cut, half open or narrow'),
  42: fault('Redis comes back without the last second of its writes', {
    without: 'A failover of several servers: one that starts from an older dump loses the same.',
  }),
  43: fault('Redis is out of memory, or read-only'),
  44: fault('Redis forgets its scripts'),
  45: fault('Redis is away for longer than a read and comes back'),
  46: fault('requests that are no msgpack, cut short, too deep, too large, or of wrong types'),
  47: fault('a result that cannot be sent as it is'),
  48: fault('results with halves of surrogate pairs, bytes that are no UTF-8, huge numbers'),
  49: fault('a tool that never answers, and one that answers after it was given up'),
  50: fault('ten thousand requests at a concurrency of four: never more taken than fit'),
  51: fault('one tenant with many requests does not starve another'),
  52: fault('a full stream: the producer is refused, nothing unread is trimmed', {
    elsewhere: {
      file: 'test/messaging/contract-log.ts',
      title: 'refuses entries above its limit and drops none of those that wait',
    },
    without:
      'Producers that write to the stream themselves, with a limit of their own: nobody can refuse them. What they trim while it is pending is logged.',
  }),
  53: fault('a caller that never reads its answers: its stream is capped and ends'),
  54: fault('SIGTERM with jobs running: all finish, all are answered, status 0'),
  55: fault('SIGTERM with a job longer than the grace period: a peer has it at once'),
  56: fault('a second SIGTERM ends at once'),
  57: fault('SIGTERM during the start, a reconnect, an idle read'),
  58: fault('a consumer is forgotten only when nothing of it is pending'),
  59: fault('three workers are replaced one by one under load: nothing is lost'),
  60: fault('a configuration message that is lost is made good'),
  61: fault('a bad configuration keeps the old one and turns readiness off'),
  62: fault('the listening connection is killed: the subscription comes back'),
  63: fault('two versions at once: no ping-pong, the older does not overwrite the newer'),
  64: fault('a change of permissions keeps the hash, a change of a schema moves it'),
  65: fault('the hash is the same whatever the order of keys and whichever process computes it'),
  66: fault('the tables of redaction and outcomes, row by row'),
  67: fault('a planted secret is in no log, no audit row, no record and no error', {
    without:
      'Dead letters as a whole: they keep the request as it came, so that it can be tried again. What is said of it is searched.',
  }),
  68: fault('cut at 1999, 2000 and 2001 characters, with an emoji at the edge'),
  69: fault('a tool name with line breaks and escape sequences'),
  70: fault('the audit cannot be written: privileged tools are refused, others run'),
  71: fault(
    'random sequences of submitting, repeating, crashing, expiring and restarting, against a model',
    {
      elsewhere: {
        file: 'test/messaging/redis.test.ts',
        title: 'follows the model of jobs and entries whatever crashes when',
      },
    },
  ),
  72: fault('a client in Python drives the worker over the real wire'),
  73: fault('a soak with random kills ends with every request accounted for', {
    without:
      'Among the tests, since it takes ten minutes or more: `npm run soak -- worker --minutes 10` runs it, and fails when one request is lost or one effect doubled.',
  }),
} as const satisfies Record<number, Fault>;

export type FaultId = keyof typeof faults;
