/** Where a manifest comes from: the front matter of SKILL.md, or, without one, what stands in its text. */
export const skillFormats = ['anthropic', 'inferred'] as const;
export type SkillFormat = (typeof skillFormats)[number];

/** What a skill says of itself. */
export type SkillManifest = {
  name: string;
  version: string;
  description: string;
  whenToUse: string | null;
  hint: string | null;
  author: string | null;
  license: string | null;
  compatibility: string | null;
  /** Tools that a model may use without asking, as the author wrote them; not names of ours. */
  allowedTools: string | null;
  format: SkillFormat;
  /** Names of tools that it is about: as agents call them, or `provider:tool`. */
  tools: string[];
  /** Names of APIs and MCP servers. */
  providers: string[];
  /** Tags of endpoints, and categories of local tools. */
  categories: string[];
  keywords: string[];
  /** Names of skills that are read with it. */
  dependsOn: string[];
  /** Names of skills that may be of use beside it. */
  suggests: string[];
};

/** Of a skill that does not tell its version. */
export const defaultVersion = '0.1.0';
