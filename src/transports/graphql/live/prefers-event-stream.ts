type Range = { type: string; quality: number };

/**
 * Whether an `Accept` header (RFC 9110, section 12.5.1) asks for server-sent events rather than for anything else that is
 * named in it; of two that are as welcome, the first.
 */
export function prefersEventStream(accept: string | undefined): boolean {
  const [best] = (accept ?? '').split(',').map(parseRange).sort(byQuality);
  return best?.type === 'text/event-stream' && best.quality > 0;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
}

function byQuality(one: Range, other: Range): number {
  return other.quality - one.quality;
}
