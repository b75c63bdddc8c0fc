/**
 * Where the entry file of a thread or child process is, given as a `.js` path relative to the module that starts it.
 * It runs compiled code: when the caller runs from `src/*.ts` (tests), this points into `dist/`.
 */
export function compiledUrl(moduleUrl: string, relativePath: string): URL {
  const url = new URL(relativePath, moduleUrl);
  if (!moduleUrl.endsWith('.ts')) return url;
  const source = url.pathname.lastIndexOf('/src/');
  url.pathname = `${url.pathname.slice(0, source)}/dist${url.pathname.slice(source)}`;
  return url;
}
