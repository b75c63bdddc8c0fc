/**
 * A skill's text in which files of skills are named as the registry serves them: `skillati://<skill>/<path>`. `names`
 * are the skills that the reader sees; names of others stay as they are.
 */
export function linkSkillText(text: string, name: string, names: ReadonlySet<string>): string {
  return text
    .replace(/\$\{(?:ATI|CLAUDE)_SKILL_DIR\}/g, () => directoryOf(name))
    .replace(/\.claude\/skills\/([a-zA-Z0-9_-]+)\//g, (whole, other: string) =>
      names.has(other) ? `${directoryOf(other)}/` : whole,
    )
    .replace(
      /(?<![\w/.:-])([a-zA-Z0-9_-]+)(?=\/(?:references|scripts|assets)\/)/g,
      (whole, other: string) => (names.has(other) ? directoryOf(other) : whole),
    );
}

/** What stands for a skill's folder. */
export function directoryOf(name: string): string {
  return `skillati://${name}`;
}
