import { z } from 'zod';
import { findByName } from '../agents/find-by-name.js';
import { AppError } from '../errors.js';
import { createDeadline } from '../lib/deadline.js';
import { parseInput } from '../lib/parse-input.js';
import { listSkills } from '../skills/list-skills.js';
import { readSkill } from '../skills/read-skill.js';
import { resolveSkills } from '../skills/resolve-skills.js';
import type { SkillRow } from '../skills/skills.queries.js';
import { callVisibleMs } from './call-visible-tool.js';
import { type DescribedTool, describeTools } from './describe-tools.js';
import { toHelpTask } from './help-prompt.js';
import { writeHelp } from './help-text.js';
import { listKnownTools, listVisibleTools, type ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';
import { openQuestion, rankTools } from './rank-tools.js';
import { readSkillAudience, toSkillTool } from './visible-skills.js';

export const AnswerHelpInput = z.object({
  query: z.string().max(10_000),
  /** A tool or a provider that is meant. */
  tool: z.string().max(500).nullish(),
});
export type AnswerHelpInput = z.input<typeof AnswerHelpInput>;

const shown = 8;
const told = 40;
const maxSkills = 12;
const maxSkillBytes = 32 * 1024;

/**
 * Which of the caller's tools and skills help with something: written by the LLM where one is configured, else a list of
 * the best with examples. Throws FORBIDDEN for a tool or provider that the caller does not see, UPSTREAM_* where the LLM
 * fails.
 */
export async function answerHelp(ctx: ProxyContext, raw: AnswerHelpInput): Promise<string> {
  const { query, tool: meant } = parseInput(AnswerHelpInput, raw);
  const visible = await listVisibleTools(ctx);
  const scope = meant ? narrow(visible, meant) : visible;
  const meanings = await openQuestion(ctx, query);
  const ranked = await rankTools(ctx, { tools: scope, words: query, meanings });
  const rest = scope.filter((tool) => !ranked.includes(tool));
  // Whoever asks for a tool by name is told of it whatever the words say.
  const best = meant || ranked.length === 0 ? [...ranked, ...rest] : ranked;
  const list = writeHelp({
    query,
    isMatched: ranked.length > 0,
    tools: await describeTools(ctx, best.slice(0, shown)),
    skills: await findSkills(ctx, query, best.slice(0, shown)),
    visible: scope.length,
  });
  if (!ctx.proxy.writer || visible.length === 0) return list;
  const inOrder = [...ranked, ...rest].slice(0, told);
  const answer = await askWriter(ctx, query, await describeTools(ctx, inOrder));
  return (await namesOthers(ctx, answer, visible)) ? list : answer;
}

function narrow(visible: readonly ProxyTool[], meant: string): readonly ProxyTool[] {
  const tool = findByName(visible, meant);
  const found = tool ? [tool] : visible.filter(({ provider }) => provider === meant);
  if (found.length > 0) return found;
  const message = `Scope '${meant}' is not visible in your current scopes.`;
  throw new AppError('FORBIDDEN', message, { name: meant });
}

/** Skills that the words or the tools lead to, those of the words first. */
async function findSkills(
  ctx: ProxyContext,
  query: string,
  tools: readonly ProxyTool[],
): Promise<SkillRow[]> {
  const audience = await readSkillAudience(ctx);
  const search = query.slice(0, 200);
  const ofWords = search.trim() === '' ? [] : await listSkills(ctx, { search }, audience);
  const grants = { skills: [], tools: tools.map(toSkillTool) };
  const ofTools = await resolveSkills(ctx, grants, audience);
  return [...new Set([...ofWords, ...ofTools])].slice(0, maxSkills);
}

async function askWriter(
  ctx: ProxyContext,
  query: string,
  tools: readonly DescribedTool[],
): Promise<string> {
  const described = tools.map(({ tool }) => tool);
  const skills = await findSkills(ctx, query, described.slice(0, shown));
  const audience = await readSkillAudience(ctx);
  const texts: { name: string; description: string; content: string }[] = [];
  let left = maxSkillBytes;
  for (const { name, description } of skills) {
    const { content } = await readSkill(ctx, { name }, audience);
    const bytes = Buffer.byteLength(content);
    texts.push({ name, description, content: bytes <= left ? content : '' });
    left -= bytes <= left ? bytes : 0;
  }
  const task = toHelpTask({ query, tools, skills: texts });
  using deadline = createDeadline(callVisibleMs, ctx.signal ?? undefined);
  try {
    return (await ctx.proxy.writer?.write(task, { signal: deadline.signal })) ?? '';
  } catch (error) {
    if (error !== deadline.signal.reason) throw error;
    throw new AppError('UPSTREAM_TIMEOUT', 'The LLM did not answer in time.');
  }
}

/** Whether an answer names a tool that the caller may not call: a model may have heard of it in the question. */
async function namesOthers(
  ctx: ProxyContext,
  answer: string,
  visible: readonly ProxyTool[],
): Promise<boolean> {
  const known = await listKnownTools(ctx);
  const providers = new Set(known.map(({ provider }) => provider));
  const run = [...answer.matchAll(/\bati run ([\w:-]+)/g)].map(([, name]) => name ?? '');
  const named = [...answer.matchAll(/(?<![\w:/-])([a-z0-9_-]+):([A-Za-z0-9_-]+)/g)].flatMap(
    ([name, provider = '']) => (providers.has(provider) ? [name] : []),
  );
  return [...run, ...named].some((name) => findByName(visible, name) === null);
}
