/**
 * Whether a request would rather have a page than a GraphQL answer: `Accept` names `text/html` itself (RFC 9110,
 * section 12.5.1), and no GraphQL media type with a higher quality. Wildcards do not count, since clients of GraphQL
 * send them.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const qualities = new Map((accept ?? '').split(',').map(readRange));
  const html = qualities.get('text/html') ?? 0;
  return (
    html > 0 &&
    html >= (qualities.get('application/json') ?? 0) &&
    html >= (qualities.get('application/graphql-response+json') ?? 0)
  );
}

function readRange(range: string): [type: string, quality: number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return [type, quality === undefined ? 1 : Number(quality.slice(2)) || 0];
}
