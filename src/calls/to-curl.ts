export type CurlInput = {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: { text: string } | { file: string } | null;
};

/** One `curl` command that sends a request exactly, quoted for a POSIX shell. */
export function toCurl({ method, url, headers, body }: CurlInput): string {
  const words = ['curl', ...methodOf(method, body !== null)];
  // Without these curl expands brackets and braces, and shortens dots in paths.
  if (/[[\]{}]/.test(url)) words.push('--globoff');
  if (/\/\.{1,2}(\/|\?|$)/.test(url)) words.push('--path-as-is');
  words.push(quote(url));
  for (const [name, value] of Object.entries(headers))
    words.push('-H', quote(toHeader(name, value)));
  if (body === null) return words.join(' ');
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  // curl calls every body a form unless told otherwise.
  if (!hasType) words.push('-H', quote('Content-Type:'));
  if ('text' in body) words.push('--data-raw', quote(body.text));
  else words.push('--data-binary', quote(`@${body.file}`));
  return words.join(' ');
}

function methodOf(method: string, hasBody: boolean): string[] {
  if (method === 'GET' && !hasBody) return [];
  return method === 'HEAD' && !hasBody ? ['--head'] : ['-X', quote(method)];
}

/** `name:` would make curl leave the header out. */
function toHeader(name: string, value: string): string {
  return value === '' ? `${name};` : `${name}: ${value}`;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
