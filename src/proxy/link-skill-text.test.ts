import { expect, it } from 'vitest';
import { linkSkillText } from './link-skill-text.js';

const names = new Set(['own', 'other']);

it.each([
  [`run \${ATI_SKILL_DIR}/scripts/a.sh`, 'run skillati://own/scripts/a.sh'],
  [`see \${CLAUDE_SKILL_DIR}/x`, 'see skillati://own/x'],
  ['.claude/skills/other/references/a.md', 'skillati://other/references/a.md'],
  ['see other/references/a.md', 'see skillati://other/references/a.md'],
  ['(other/assets/a.png)', '(skillati://other/assets/a.png)'],
  ['secret/references/a.md', 'secret/references/a.md'],
  ['.claude/skills/secret/a.md', '.claude/skills/secret/a.md'],
  ['https://example.com/other/references/a.md', 'https://example.com/other/references/a.md'],
  ['another/references/a', 'another/references/a'],
  ['other/elsewhere/a.md', 'other/elsewhere/a.md'],
])('%s', (given, expected) => {
  expect(linkSkillText(given, 'own', names)).toBe(expected);
});
