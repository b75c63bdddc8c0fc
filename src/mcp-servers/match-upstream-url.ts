/** A URL whose host may have `*` within its labels. */
export type UpstreamTemplate = {
  protocol: string;
  /** Patterns of the host's labels. */
  labels: string[];
  port: string;
  path: string;
};

/** Null for what is no such template: `**`, a user name, a query or a `*` outside the host. */
export function parseUpstreamTemplate(text: string): UpstreamTemplate | null {
  const [, scheme, host = '', port = '', path = ''] =
    /^(https?):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.*-]+)(?::(\d{1,5}))?(\/[^?#*\s]*)?$/.exec(
      text,
    ) ?? [];
  if (scheme === undefined || host.includes('**')) return null;
  // What the URL parser would make of it counts, as it does for the URL that is compared.
  const standIn = `${scheme}://${host.replaceAll('*', 'x')}${port && `:${port}`}${path}`;
  const url = URL.parse(standIn);
  if (!url) return null;
  return {
    protocol: url.protocol,
    labels: host.includes('*') ? labelsOf(host.toLowerCase()) : labelsOf(url.hostname),
    port: url.port,
    path: url.pathname,
  };
}

/**
 * Whether a URL is one that a template stands for: the same scheme, port and path, and a host of as many labels of which
 * each matches its own. The query is not looked at; user info never matches.
 */
export function matchesUpstreamUrl(url: URL, template: UpstreamTemplate): boolean {
  const { protocol, labels, port, path } = template;
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol !== protocol || url.port !== port || url.pathname !== path) return false;
  const given = labelsOf(url.hostname);
  return (
    given.length === labels.length &&
    labels.every((label, index) => matchesLabel(label, given[index] ?? ''))
  );
}

function labelsOf(host: string): string[] {
  if (host.startsWith('[')) return [host];
  return host.replace(/\.$/, '').split('.');
}

/** Without regular expressions, which a template with many stars could make slow. */
function matchesLabel(pattern: string, label: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return first === label;
  if (!label.startsWith(first) || !label.endsWith(last)) return false;
  let from = first.length;
  const end = label.length - last.length;
  for (const part of rest) {
    const at = label.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return from <= end;
}
