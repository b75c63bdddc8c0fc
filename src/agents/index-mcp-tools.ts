/** An MCP tool as people name it. */
export type NamedMcpTool = {
  id: string;
  /** What its server calls it. */
  name: string;
  /** The name that lists show. */
  toolName: string;
  serverName: string;
};

export type McpToolIndex = {
  /**
   * The tools that a name may mean: `tool` or `server/tool`, or an id; a name that lists show where no server calls a
   * tool so.
   */
  find(wanted: string): NamedMcpTool[];
  /** The shortest of `tool`, `server/tool` and the id that means this tool alone. */
  nameOf(tool: NamedMcpTool): string;
};

/** Names of tools. `tools` has all that share a name with one that is asked for. */
export function indexMcpTools(tools: readonly NamedMcpTool[]): McpToolIndex {
  const exact = new Map<string, NamedMcpTool[]>();
  const shown = new Map<string, NamedMcpTool[]>();
  for (const tool of tools) {
    for (const form of [...formsOf(tool), tool.id]) add(exact, form, tool);
    for (const form of formsOf({ ...tool, name: tool.toolName })) add(shown, form, tool);
  }
  return {
    find: (wanted) => exact.get(wanted) ?? shown.get(wanted) ?? [],
    nameOf: (tool) => formsOf(tool).find((form) => exact.get(form)?.length === 1) ?? tool.id,
  };
}

/** `tool`, then `server/tool`. */
export function formsOf({
  name,
  serverName,
}: Pick<NamedMcpTool, 'name' | 'serverName'>): [string, string] {
  return [name, `${serverName}/${name}`];
}

function add(index: Map<string, NamedMcpTool[]>, form: string, tool: NamedMcpTool): void {
  const known = index.get(form);
  if (!known) index.set(form, [tool]);
  else if (!known.includes(tool)) known.push(tool);
}
