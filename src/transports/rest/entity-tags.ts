/** Quoted, strong or weak (RFC 9110 section 8.8.3); the opaque part is captured. */
const entityTag = /^(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/**
 * Whether `If-None-Match` (RFC 9110 section 13.1.2) names what an answer would be: `*`, or a list with its tag, compared
 * weakly. `digest` is the opaque part of that tag. A member that is no entity tag names nothing.
 */
export function namesTag(ifNoneMatch: string | undefined, digest: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((member) => entityTag.exec(member.trim())?.[1] === digest);
}
