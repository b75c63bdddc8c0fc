/** One token of a JSON pointer, escaped (RFC 6901 section 3). */
export function encodeToken(token: string): string {
  return token.includes('~') || token.includes('/')
    ? token.replaceAll('~', '~0').replaceAll('/', '~1')
    : token;
}

/** `pointer` extended by raw tokens. */
export function childPointer(pointer: string, ...tokens: (string | number)[]): string {
  let result = pointer;
  for (const token of tokens) result += `/${encodeToken(String(token))}`;
  return result;
}

/** The raw tokens of a pointer, or null when it is not one. */
export function pointerTokens(pointer: string): string[] | null {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return null;
  return pointer
    .slice(1)
    .split('/')
    .map((token) =>
      token.includes('~') ? token.replaceAll('~1', '/').replaceAll('~0', '~') : token,
    );
}

/** A URI fragment without its percent-encoding (RFC 6901 section 6); as it is where the encoding is malformed. */
export function decodeFragment(fragment: string): string {
  if (!fragment.includes('%')) return fragment;
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
