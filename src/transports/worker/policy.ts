import { z } from 'zod';
import { AppError } from '../../errors.js';

/** Who may call what, and what is watched more closely. */
export type WorkerPolicy = {
  /** A tool that no pattern names is everybody's. */
  isAllowed(toolName: string, userId: string): boolean;
  /** Its calls are audited before they run, or not made. */
  isPrivileged(toolName: string): boolean;
  /** As written: tool or `prefix*` → users, `*` for all. */
  permissions: Readonly<Record<string, readonly string[]>>;
};

const Pattern = z
  .string()
  .min(1, 'expected a tool, or a prefix and *')
  .max(200, 'expected at most 200 characters')
  .regex(/^[^*]*\*?$/, 'expected * at the end only');

const PolicyFile = z.strictObject({
  tool_permissions: z.record(Pattern, z.array(z.string().min(1)).max(100_000)).default({}),
  privileged_tools: z.array(Pattern).max(10_000).default([]),
});

/** Where nothing is configured. */
export const openPolicy: WorkerPolicy = toPolicy({ tool_permissions: {}, privileged_tools: [] });

/** Reads a policy. Throws INVALID_INPUT with every problem, in one message. */
export function parsePolicy(text: string): WorkerPolicy {
  const parsed = PolicyFile.safeParse(parseJson(text));
  if (parsed.success) return toPolicy(parsed.data);
  const issues = parsed.error.issues.map((issue) => ({
    path: issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
    message: (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message,
    code: issue.code,
  }));
  const lines = issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  throw new AppError('INVALID_INPUT', `The worker's policy is not valid. ${lines.join('; ')}`, {
    issues,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read';
    throw new AppError('INVALID_INPUT', `The worker's policy is no JSON: ${why}`, {}, { cause });
  }
}

function toPolicy(file: z.output<typeof PolicyFile>): WorkerPolicy {
  const permissions = Object.entries(file.tool_permissions);
  const users = toMatcher(permissions.map(([pattern, names]) => [pattern, new Set(names)]));
  const privileged = toMatcher(file.privileged_tools.map((pattern) => [pattern, true]));
  return {
    isAllowed: (toolName, userId) => {
      const allowed = users(toolName);
      return allowed === undefined || allowed.has('*') || allowed.has(userId);
    },
    isPrivileged: (toolName) => privileged(toolName) ?? false,
    permissions: file.tool_permissions,
  };
}

/** The value of the pattern that says most: the name itself, else the longest prefix. */
function toMatcher<Value>(patterns: readonly (readonly [string, Value])[]) {
  const exact = new Map(patterns.filter(([pattern]) => !pattern.endsWith('*')));
  const prefixes = patterns
    .filter(([pattern]) => pattern.endsWith('*'))
    .map(([pattern, value]) => [pattern.slice(0, -1), value] as const)
    .sort(([a], [b]) => b.length - a.length);
  return (name: string): Value | undefined =>
    exact.get(name) ?? prefixes.find(([prefix]) => name.startsWith(prefix))?.[1];
}
