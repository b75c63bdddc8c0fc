/** `*` means every tool and every skill. */
export function grantsAll(scopes: readonly string[]): boolean {
  return scopes.includes('*');
}

/** A trailing `*` stands for any rest; anywhere else it is a letter like others. */
export function matchesPattern(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
}

/** What a token has to grant for a tool that is named `provider:tool`. */
export function scopeOfTool(name: string): string {
  return `tool:${name}`;
}

/**
 * Whether scopes grant a tool, by its name `provider:tool`. The older spelling `tool:provider_tool` means the same, also
 * as a pattern: `tool:github_*` grants `github:search`.
 */
export function isToolGranted(scopes: readonly string[], name: string): boolean {
  const scope = scopeOfTool(name);
  const older = scopeOfTool(name.replace(':', '_'));
  return scopes.some((pattern) => matchesPattern(pattern, scope) || matchesPattern(pattern, older));
}
