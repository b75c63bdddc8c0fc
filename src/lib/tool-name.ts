const toolName = /^[A-Za-z0-9_-]{1,64}$/;

/** The rule that every provider of agents accepts: 1 to 64 ASCII letters, digits, `_` and `-`. */
export function isToolName(name: string): boolean {
  return toolName.test(name);
}
