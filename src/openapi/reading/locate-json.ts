import { pointerTokens } from '../json-pointer.js';
import { closingQuote, skipSpace, skipValue } from './json-scan.js';

/** A node that is looked for, or one on the way to such nodes; `offset` is null until it is met. */
type Wanted = { offset: number | null; members: Map<string, Wanted> };

const openBrace = 123;
const openBracket = 91;
const closeBrace = 125;
const closeBracket = 93;
const comma = 44;

/**
 * For each JSON pointer the offset at which its node starts (a member's is that of its name), or its nearest ancestor
 * that is written down. The text must be valid JSON. One pass, however many pointers; the last of duplicate keys counts.
 */
export function locateInJson(text: string, pointers: readonly string[]): number[] {
  const paths = pointers.map((pointer) => pointerTokens(pointer) ?? []);
  const root = wantedFrom(paths);
  const start = skipSpace(text, 0);
  root.offset = start;
  locateIn(text, start, root);
  return paths.map((path) => nearestOffset(root, path) ?? start);
}

function wantedFrom(paths: readonly string[][]): Wanted {
  const root: Wanted = { offset: null, members: new Map() };
  for (const path of paths) {
    let at = root;
    for (const token of path) {
      let next = at.members.get(token);
      if (!next) {
        next = { offset: null, members: new Map() };
        at.members.set(token, next);
      }
      at = next;
    }
  }
  return root;
}

/** Notes where the wanted members of the value at `at` stand. Answers with the offset after that value. */
function locateIn(text: string, at: number, { members }: Wanted): number {
  const first = text.charCodeAt(at);
  if (members.size === 0 || (first !== openBrace && first !== openBracket)) {
    return skipValue(text, at);
  }
  let next = skipSpace(text, at + 1);
  for (let index = 0; !closes(text.charCodeAt(next)); index += 1) {
    const offset = next;
    let name = String(index);
    if (first === openBrace) {
      const quote = closingQuote(text, next);
      name = nameAt(text, next, quote);
      next = skipSpace(text, skipSpace(text, quote + 1) + 1);
    }
    const member = members.get(name);
    if (member) {
      if (member.offset !== null) forget(member);
      member.offset = offset;
    }
    next = skipSpace(text, member ? locateIn(text, next, member) : skipValue(text, next));
    if (text.charCodeAt(next) === comma) next = skipSpace(text, next + 1);
  }
  return next + 1;
}

function closes(code: number): boolean {
  return code === closeBrace || code === closeBracket || Number.isNaN(code);
}

function nameAt(text: string, open: number, close: number): string {
  const written = text.slice(open + 1, close);
  return written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
}

function forget(wanted: Wanted): void {
  wanted.offset = null;
  for (const member of wanted.members.values()) forget(member);
}

function nearestOffset(root: Wanted, path: readonly string[]): number | null {
  let { offset } = root;
  let at: Wanted | undefined = root;
  for (const token of path) {
    at = at.members.get(token);
    if (!at || at.offset === null) break;
    offset = at.offset;
  }
  return offset;
}
