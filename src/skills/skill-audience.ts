/** A tool that somebody may call, as skills are bound to tools. */
export type SkillTool = {
  /** Every name that it goes by: as an agent calls it, as its source calls it, `provider:tool`. */
  names: readonly string[];
  /** The slug of its API or MCP server: see `providerSlug`. */
  provider: string | null;
  categories: readonly string[];
};

/** What leads to skills. */
export type SkillGrants = {
  /** Names of skills; one that ends in `*` stands for all that begin so. */
  skills: readonly string[];
  /** In the order in which their skills are wanted. */
  tools: readonly SkillTool[];
};

/** Who asks: everybody who may read the catalog, or whom grants lead to some of its skills. */
export type SkillAudience = 'all' | SkillGrants;
