import type { ProxyTool } from './list-visible-tools.js';
import type { ProxyContext } from './proxy-context.js';

/** Those of the tools that have something to do with the words, the best first. */
export async function rankTools<Tool extends ProxyTool>(
  _ctx: ProxyContext,
  tools: readonly Tool[],
  words: string,
): Promise<Tool[]> {
  return rankByWords(tools, words);
}

/** By how many of the words stand in a tool's name, tags or description, names counting most. */
export function rankByWords<Tool extends Pick<ProxyTool, 'name' | 'description' | 'tags'>>(
  tools: readonly Tool[],
  words: string,
): Tool[] {
  const terms = [...new Set(split(words).filter((word) => word.length > 1))].slice(0, 50);
  return tools
    .map((tool, place) => ({ tool, place, score: scoreOf(tool, terms, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .map(({ tool }) => tool);
}

function scoreOf(
  { name, description, tags }: Pick<ProxyTool, 'name' | 'description' | 'tags'>,
  terms: readonly string[],
  whole: string,
): number {
  const text = whole.trim().toLowerCase();
  const inName = name.toLowerCase();
  const about = `${description} ${tags.join(' ')}`.toLowerCase();
  const exact = inName.includes(text) ? 20 : about.includes(text) ? 10 : 0;
  const nameWords = split(name);
  return terms.reduce((sum, term) => {
    if (nameWords.some((word) => word === term)) return sum + 6;
    if (inName.includes(term)) return sum + 4;
    return about.includes(term) ? sum + 2 : sum;
  }, exact);
}

/** `listPets` is two words. */
function split(text: string): string[] {
  return text
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}
