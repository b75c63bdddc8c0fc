import { Agent, request } from 'undici';
import type { CallableEndpoint } from '../../src/calls/call-types.js';
import { type ArgumentChecker, createArgumentChecker } from '../../src/calls/check-arguments.js';
import { planRequest } from '../../src/calls/plan-request.js';
import { AppError } from '../../src/errors.js';
import { serializeDraft } from '../../src/openapi/serialize-draft.js';
import type { ParameterPlan, ToolDraft } from '../../src/openapi/types.js';
import { countLeaves, lostJson, lostLeaves } from './compare-values.js';
import { parseCorpusFile } from './corpus.js';
import type { EchoServer } from './echo-server.js';
import { CannotGenerate, generateArguments, NothingFits } from './generate-arguments.js';
import { readRequest } from './read-request.js';

export type CalledDocument = {
  tools: number;
  called: number;
  requests: number;
  /** Tools that nobody can call, since no arguments fit their schema; each with its reason. */
  contradictory: string[];
  /** Other tools of which no call was made, each with what refused it. */
  uncallable: string[];
  /** Calls that were not made although another of the same tool was. */
  skipped: string[];
  values: number;
  /** Arguments that a request has no place for, since they are the client's own. */
  unsent: number;
  lost: string[];
};

/** Header parameters that a client sets itself; nothing an argument says can hold there. */
const clientHeaders =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|expect|te|trailer|upgrade|keep-alive|proxy-connection|proxy-authorization)$/i;

/** Calls every tool of a document with generated arguments and finds every value again in what the server received. */
export async function callDocument(file: string, server: EchoServer): Promise<CalledDocument> {
  const { drafts } = parseCorpusFile(file);
  const checker = createArgumentChecker({ maxCompiled: 4 });
  await using agent = toDisposable(new Agent());
  const called: CalledDocument = {
    tools: drafts.length,
    called: 0,
    requests: 0,
    contradictory: [],
    uncallable: [],
    skipped: [],
    values: 0,
    unsent: 0,
    lost: [],
  };
  for (const draft of drafts) {
    const reasons: string[] = [];
    let isCalled = false;
    for (const call of callsOf(draft, server.origin)) {
      const reason = await callOnce(call, { checker, server, agent: agent.value, called });
      if (reason === null) isCalled = true;
      else reasons.push(`${draft.method} ${draft.path} (${call.label}): ${reason}`);
    }
    if (isCalled) {
      called.called += 1;
      called.skipped.push(...reasons);
    } else if (hasNoArguments(draft)) called.contradictory.push(reasons.join('; '));
    else called.uncallable.push(reasons.join('; '));
  }
  return called;
}

function hasNoArguments(draft: ToolDraft): boolean {
  try {
    generateArguments(draft.inputSchema, 'required');
    return false;
  } catch (error) {
    return error instanceof NothingFits;
  }
}

type Call = { label: string; endpoint: CallableEndpoint; args(): Record<string, unknown> };

/** Only what is required, everything, and everything in each further media type of the body. */
function callsOf(draft: ToolDraft, origin: string): Call[] {
  const stored = serializeDraft(draft);
  const endpoint: CallableEndpoint = {
    id: draft.name,
    tenantId: 'corpus',
    apiId: 'corpus',
    name: draft.name,
    method: draft.method,
    path: draft.path,
    contractHash: stored.contractHash,
    inputSchema: JSON.parse(stored.inputSchema),
    plan: JSON.parse(stored.plan),
    baseUrl: `${origin}/base`,
    isBaseUrlGiven: true,
    securitySchemes: {},
  };
  const { inputSchema, plan } = endpoint;
  const plain = new Set(plan.parameters.filter(isSentPlainly).map(({ argument }) => argument));
  for (const argument of styledFields(endpoint)) plain.add(argument);
  const everything = () => generateArguments(inputSchema, 'everything', plain);
  // An empty list has no place in a path, whatever its schema allows.
  const required = () => {
    const args = generateArguments(inputSchema, 'required', plain);
    const inPath = plan.parameters.filter(({ in: where }) => where === 'path');
    if (!inPath.some(({ argument }) => typeof args[argument] === 'object')) return args;
    const full = everything();
    for (const { argument } of inPath) args[argument] = full[argument];
    return args;
  };
  const chooser = plan.body?.contentTypeArgument ?? null;
  const variants = chooser === null ? [] : (plan.body?.variants ?? []);
  const [first] = variants;
  return [
    { label: 'required', endpoint, args: required },
    {
      label: 'everything',
      endpoint,
      args: () => (chooser ? { ...everything(), [chooser]: first?.mediaType } : everything()),
    },
    ...variants.slice(1).map(({ mediaType }) => ({
      label: mediaType,
      endpoint,
      args: () => ({ ...everything(), ...(chooser && { [chooser]: mediaType }) }),
    })),
  ];
}

const unescaped = new Set(['spaceDelimited', 'pipeDelimited', 'tabDelimited', 'cookie']);

/** Where nothing is escaped, a text with delimiters in it is refused. */
function isSentPlainly({ in: where, style }: ParameterPlan): boolean {
  return where === 'header' || unescaped.has(style);
}

function styledFields({ plan }: CallableEndpoint): string[] {
  const { fields, variants } = plan.body ?? { fields: null, variants: [] };
  const isStyled = (name: string) =>
    variants.some(({ encoding, kind }) => {
      const plan = Object.hasOwn(encoding, name) ? encoding[name] : undefined;
      return unescaped.has(plan?.style ?? '') || (kind === 'multipart' && plan?.explode === false);
    });
  return (fields ?? []).filter(({ name }) => isStyled(name)).map(({ argument }) => argument);
}

type Running = {
  checker: ArgumentChecker;
  server: EchoServer;
  agent: Agent;
  called: CalledDocument;
};

/** Null when the call was made. */
async function callOnce(call: Call, running: Running): Promise<string | null> {
  const { endpoint, label } = call;
  const { checker, server, agent, called } = running;
  try {
    const args = checker.check(endpoint, call.args());
    const planned = planRequest(endpoint, args);
    const response = await request(planned.url, {
      method: planned.method,
      headers: planned.headers,
      body: planned.body,
      dispatcher: agent,
    });
    await response.body.dump();
    const [received] = server.take();
    if (!received) return 'nothing arrived';
    called.requests += 1;
    const { values, exact, leftover } = readRequest(endpoint, received, args);
    const isUnsent = new Set(
      endpoint.plan.parameters
        .filter(({ in: where, name }) => where === 'header' && clientHeaders.test(name))
        .map(({ argument }) => argument),
    );
    const at = `${endpoint.method} ${endpoint.path} (${label})`;
    for (const [argument, given] of Object.entries(args)) {
      const leaves = countLeaves(given);
      if (isUnsent.has(argument)) {
        called.unsent += leaves;
        continue;
      }
      called.values += leaves;
      const find = exact.has(argument) ? lostJson : lostLeaves;
      const lost = find(given, values.get(argument), argument);
      called.lost.push(...lost.map((entry) => `${at} ${entry}`));
    }
    called.lost.push(...leftover.map((entry) => `${at} nobody gave ${entry}`));
    return null;
  } catch (error) {
    if (error instanceof AppError || error instanceof CannotGenerate) return error.message;
    throw new Error(`${endpoint.method} ${endpoint.path} (${label})`, { cause: error });
  }
}

function toDisposable(value: Agent): AsyncDisposable & { value: Agent } {
  return { value, [Symbol.asyncDispose]: () => value.close() };
}
