const charsPerToken = 4;

/** About how many tokens of a language model a text of so many characters takes: English and JSON take one for four. */
export function estimateTokens(chars: number): number {
  return Math.ceil(chars / charsPerToken);
}
