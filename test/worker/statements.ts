import type { FaultId } from './faults.js';

/** How this worker stands to what callers know of the worker that it replaces. */
export type Stand =
  /** The same. */
  | { kind: 'kept' }
  /** The other worker's behaviour was a flaw; `flaws` names it in the table below, `now` says what happens instead. */
  | { kind: 'mended'; flaws: readonly FlawId[]; now: string }
  /** Right there, and something else is right here; `now` says what and why. */
  | { kind: 'differs'; now: string };

export type Statement = { says: string; stand: Stand };

type Flaw = { was: string; faults: readonly FaultId[] };
const flaw = (was: string, faults: readonly FaultId[]): Flaw => ({ was, faults });

/** What was wrong with the other worker, in a line each, and the faults that show it mended. */
export const flaws = {
  F1: flaw(
    'A job whose worker was killed is lost: its claim outlives the redelivery, which is taken for a duplicate.',
    [1, 2, 3, 4, 5],
  ),
  F2: flaw(
    'A request that is refused keeps its claim, so that the corrected retry meets silence.',
    [24, 25, 29],
  ),
  F3: flaw('Claim and result end at different times, and between them a retry is dropped.', [19]),
  F4: flaw('A kept result is ignored once the claim is gone, and the tool runs again.', [19]),
  F5: flaw('A job longer than its claim runs twice at the same time.', [11, 12, 13]),
  F6: flaw("A repeated answer carries the first caller's correlation id.", [20]),
  F7: flaw('Somebody who asks for what already runs gets nothing.', [17, 18]),
  F8: flaw('Stopping the process kills what runs.', [54, 55, 56, 59]),
  F9: flaw(
    'A malformed request or an error between two steps is neither answered nor put aside.',
    [7, 8, 46],
  ),
  F10: flaw('An empty session passes, and parts of the identity come from the caller.', [30, 31]),
  F11: flaw('The answer is written to any key that the caller names.', [34, 53]),
  F12: flaw(
    "One idempotency key is shared by all callers, whatever they ask for: one gets the other's result.",
    [21, 33],
  ),
  F13: flaw('Nothing ends a call: no timeout, no deadline, no cancelling.', [16, 49]),
  F14: flaw('After a crash an effect happens twice.', [3, 4, 42]),
  F15: flaw('The outcome is guessed from words and is not told to the caller.', [66]),
  F16: flaw(
    'Redaction sees top-level keys only, hides harmless ones, and a tool name can forge log lines.',
    [67, 68, 69],
  ),
  F17: flaw('The audit is log lines only, and refusals are not in it.', [70]),
  F18: flaw(
    'A lost configuration message, or a lost subscription, stays lost: a withdrawn permission may never apply.',
    [28, 60, 61, 62],
  ),
  F19: flaw(
    'One hash over all tools: workers of two versions send requests to and fro and overwrite the catalog.',
    [63, 64, 65],
  ),
  F20: flaw('What cannot be encoded was executed and is never answered.', [47, 48]),
  F21: flaw('A passing failure is kept as the answer.', [32, 70]),
  F22: flaw('The length limit of the stream throws away what nobody has read.', [52]),
  F23: flaw('Nothing limits how much runs at once.', [50, 51]),
} as const satisfies Record<string, Flaw>;
export type FlawId = keyof typeof flaws;

const kept: Stand = { kind: 'kept' };
const mended = (by: readonly FlawId[], now: string): Stand => ({ kind: 'mended', flaws: by, now });
const differs = (now: string): Stand => ({ kind: 'differs', now });
const says = (text: string, stand: Stand = kept): Statement => ({ says: text, stand });

export const statements = {
  1: says(
    'Requests come over the stream `sg:stream:tools` to the group `sg:tools`, each to one worker; the name of a consumer is the id of its process.',
  ),
  2: says(
    'The id of a process is `tools-` and eight hexadecimal digits, new at every start; it registers as the service `tools`, needs Redis, and serves its health unless that is turned off.',
  ),
  3: says('Payloads are msgpack, text as str and bytes as bin, read and written as bytes.'),
  4: says(
    'Read of a request: `correlation_id`, `reply_to`, `idem_key`, `schema_hash`, `tool_name`, `tool_args`, `ctx`. Each may be missing; falsy arguments and context are `{}`; other fields are ignored.',
    mended(
      ['F9'],
      'The same, and a field of a wrong type is answered with a sentence and put aside.',
    ),
  ),
  5: says(
    'Read of `ctx`: `trace_id`, `observability_request_id`, `platform`, `channel_id`, `user_id`, `guild_id`, `user_name`, `message_id`, `disclosed_skill_ids`, `room_context`.',
    mended(['F10'], 'All are accepted; `trace_id` finds the session, and none says who asks.'),
  ),
  6: says(
    'A success is `correlation_id`, `result` (text) and `writeback` with the lists `sent_files`, `injected_tools` and `sent_rich_messages`; files carry their bytes.',
  ),
  7: says(
    "An exception is `correlation_id` and `error`: `Tool '<name>' raised <class> on the tools service.`, without message, stack or `writeback`.",
  ),
  8: says(
    'A stale request is answered with `correlation_id` and `status` `CATALOG_STALE`, without `result` and `error`.',
  ),
  9: says(
    'A request without a session is answered with `correlation_id` and `error`: `Tool request rejected: no authenticated session.`, without `writeback`.',
  ),
  10: says(
    'The outcome is not on the wire; a denied tool is answered like a success.',
    mended(
      ['F15'],
      'A denied tool is still answered like a success, and every answer says `outcome`, `attempt` and `duration_ms`, and `code` where there is one. Callers that do not know these ignore them.',
    ),
  ),
  11: says('Without `reply_to` the tool runs and nobody is answered.'),
  12: says(
    'An answer that cannot be written is logged and given up; the request is done.',
    mended(
      ['F9', 'F11'],
      'Answer and acknowledgement are one step: what could not be written is tried again. A name that is no stream of answers is refused before the tool runs; where something else stands under such a name the request is put aside.',
    ),
  ),
  13: says(
    'The key of a request is the first that is not empty of `idem_key`, `correlation_id` and a random one.',
    mended(['F12'], 'The same, within one tenant, user, agent and tool.'),
  ),
  14: says(
    'The key is claimed for 300 s before anything is looked at.',
    mended(
      ['F1', 'F2', 'F5'],
      'The key is claimed last, under a lease that the process renews while it lives.',
    ),
  ),
  15: says(
    'A repeated request whose result is kept gets the kept answer, word for word, on its own `reply_to`, and nothing runs.',
    mended(['F6'], 'The same, with its own correlation id.'),
  ),
  16: says(
    'A repeated request whose result is not there yet is dropped without a word.',
    mended(['F7', 'F1'], 'It is answered when the job ends, with its own correlation id.'),
  ),
  17: says(
    'A request is stale when its hash and the hash of the catalog are both given and differ; without a hash nothing is checked. Nothing is kept of it.',
    mended(
      ['F2', 'F19'],
      'A request is stale when the tool that it names changed since the catalog or the tool of its hash; nothing is kept of it, not even the claim.',
    ),
  ),
  18: says(
    'The session is looked up by `ctx.trace_id` alone; without one the request is refused, with a WARNING that names tool and trace. Nothing is kept of it.',
    mended(
      ['F2', 'F10'],
      'The same, also where the session names no user, and the claim is not kept either. The line has a digest of the trace, which itself opens a session.',
    ),
  ),
  19: says(
    'A flag turns the check of the session off; then user, guild, channel and platform come from the request.',
    mended(['F10'], 'There is no such flag.'),
  ),
  20: says(
    'With a session, user and guild come from it alone, channel and platform from it or else from the request.',
    mended(['F10'], 'All come from the session alone; so do tenant, app and agent.'),
  ),
  21: says(
    '`user_name`, `message_id`, `observability_request_id`, `disclosed_skill_ids` and `room_context` always come from the request.',
    differs('They are accepted and decide nothing: no tool here reads them.'),
  ),
  22: says(
    'The trace id of what a tool sends is `ctx.trace_id`, else `ctx.observability_request_id`, else empty.',
    differs(
      'No tool sends through an adapter here; the trace id stands in the audit and in dead letters.',
    ),
  ),
  23: says(
    'A tool gets handles of its process: configuration, Redis, caches, managers.',
    differs(
      'Tools are operations of APIs and tools of MCP servers, called through the same verb as over every other transport, with its record, credentials and guards.',
    ),
  ),
  24: says(
    'The tool is called by name with its arguments as the user of the session, without timeout, cancelling or retry.',
    mended(
      ['F13'],
      'The same, within `deadline_at` and the limits of every call; losing the lease cancels it.',
    ),
  ),
  25: says(
    'The result is made text in the way of Python: text as it is, a map as its `repr`, nothing as `None`.',
    differs('Text as it is, anything else as JSON; the text of an MCP result as it is.'),
  ),
  26: says(
    'An ordinary exception is the outcome `exception` with its class; its stack is logged. A cancelled process answers nobody.',
    mended(['F8', 'F9'], 'The same, and a process that is stopped answers or hands over.'),
  ),
  27: says(
    'Every outcome is kept for 120 s and then sent; a result that cannot be kept is sent all the same.',
    mended(
      ['F3', 'F4', 'F21'],
      'Every outcome is kept for 24 hours, but passing failures, which are tried again.',
    ),
  ),
  28: says('The result is kept before the answer is sent.'),
  29: says(
    'Every execution logs a line at its start, after the identity is known, and one at its end. Duplicates and stale requests leave none.',
    mended(
      ['F17'],
      'The same lines, and a row of the audit for every decision, refusals included.',
    ),
  ),
  30: says(
    'The first line of a privileged tool is a WARNING with name, user, channel, platform and arguments; of another an INFO without arguments.',
  ),
  31: says(
    'The last line has name, user, outcome, detail and elapsed milliseconds, as INFO if it went well, else as WARNING.',
  ),
  32: says(
    'Redacted are the values of top-level keys whose name has something of a secret in it.',
    mended(
      ['F16'],
      'Redacted are secrets at every depth, by name and by form, and harmless names are left alone.',
    ),
  ),
  33: says(
    'Arguments are logged as they came, before secrets are put in; what is no map is logged as text.',
    mended(['F9', 'F16'], 'The same, and arguments that are no map are refused before that.'),
  ),
  34: says('Logged arguments are JSON with other scripts as they are.'),
  35: says(
    'What is longer than 2000 characters is cut there, after redaction, and ends in `…[+N chars]`, counted in code points.',
  ),
  36: says(
    'Which names are secret is a list: `passage`, `author`, `max_tokens` and `secretary` are on it, `jwt`, `pwd`, `pin` and `bearer` are not.',
    mended(['F16'], 'Names are read word by word: `author` and `max_tokens` are not secret.'),
  ),
  37: says(
    'A result that is text and begins with `{` or `[` is read as JSON where it can be.',
    mended(
      ['F15'],
      'What a call came to is decided by what happened. Words are read in the same way, as a note in the log (`readsAs`); so are the next seven.',
    ),
  ),
  38: says(
    'A map with `success: false` is `denied` if the text of `error` or `message` says so, else `failed`.',
  ),
  39: says(
    'A map without `success` is `denied` if that text says so, else `ok`: `{"error": "boom"}` is `ok`.',
  ),
  40: says('A map with any other `success` is `ok`, whatever it says.'),
  41: says('What is no map is `denied` if it is text that says so, else `ok`.'),
  42: says(
    'Denial is said by "does not have the … privilege" in one line, "access denied", "permission denied", "not authorised" and "unauthorised", in either spelling and case.',
  ),
  43: says(
    'The detail is the first 200 characters of the text that decided, and empty when it went well.',
  ),
  44: says(
    'Known verdicts, false ones included, are the same: prose that mentions "permission denied" is `denied`, a 403 in a map is `ok`.',
  ),
  45: says(
    'Any message on `sys:config:updated` makes the worker read its permissions again and publish the catalog; if that fails it warns and goes on.',
  ),
  46: says(
    'If the subscription fails at the start nobody listens, and the worker runs on.',
    mended(
      ['F18'],
      'The subscription is renewed, and the configuration is looked at now and then whether or not a message came.',
    ),
  ),
  47: says(
    'At the start: tools, permissions, stream and group, catalog, consumer, listener, then the line that says ready with the first 12 characters of the hash; then registration and health.',
    differs(
      'The database comes first. Stream and group are made where the first read misses them, from the beginning of the stream, so that what was asked before is not lost; permissions are read before it and the catalog is published beside it, with a line that has those 12 characters.',
    ),
  ),
  48: says(
    'Only this process runs handlers of tools, and compound tools never come here.',
    differs(
      'What an agent is offered can be called, nothing else; tools that the agent executes itself are refused.',
    ),
  ),
  49: says(
    'SIGINT and SIGTERM stop the listener and the consumer and end the process.',
    mended(
      ['F8'],
      'No request is taken any more, what runs is finished within the grace period, the rest is given to peers at once, and the status is 0.',
    ),
  ),
  50: says(
    "What a tool sends goes to the gateway's outbound stream, under keys derived from the trace id.",
    differs(
      'No tool sends messages here: what one brings back is in `writeback`, and the worker writes to no other stream.',
    ),
  ),
  51: says(
    'Requests idle for 60 s are taken over every 30 s, put aside on `sg:stream:dlq` after 3 attempts, consumers idle for 600 s are forgotten, and what cannot be decoded blocks nothing.',
    mended(
      ['F1', 'F22'],
      'The same with a lease of 15 s, by deliveries that Redis counts; a dead letter is answered too.',
    ),
  ),
} as const satisfies Record<number, Statement>;

export type StatementId = keyof typeof statements;
