import { skillLimits } from '../skill-limits.js';

export type CheckedPath = { path: string; problem: null } | { path: null; problem: string };

/**
 * A relative path with `/` between its names, as every system reads it; a leading `./` and the `/` at the end of a
 * folder are dropped. Otherwise `problem` goes on from "The path "…" of the archive". The empty path is the root.
 */
export function checkPath(raw: string): CheckedPath {
  if (raw.includes('\0')) return wrong('has a NUL character');
  if (raw.includes('\uFFFD')) return wrong('is not UTF-8');
  if (/\p{Cc}/u.test(raw)) return wrong('has a control character');
  if (raw.includes('\\')) return wrong('has a backslash: names are put together with "/"');
  if (raw.startsWith('/') || /^[A-Za-z]:/.test(raw)) {
    return wrong('is absolute: expected one below the folder of the skill');
  }
  const { maxPathBytes, maxDepth } = skillLimits;
  if (Buffer.byteLength(raw) > maxPathBytes) return wrong(`is longer than ${maxPathBytes} bytes`);
  const path = raw.replace(/^(?:\.\/)+/, '').replace(/\/$/, '');
  if (path === '' || path === '.') return { path: '', problem: null };
  const names = path.split('/');
  if (names.includes('..')) return wrong('leads out of the folder of the skill by ".."');
  if (names.some((name) => name === '' || name === '.')) {
    return wrong('has an empty name or "." in it');
  }
  if (names.length > maxDepth) return wrong(`is deeper than ${maxDepth} names`);
  return { path, problem: null };
}

function wrong(problem: string): CheckedPath {
  return { path: null, problem };
}
