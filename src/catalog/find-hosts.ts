const urlHosts =
  /\b(?:https?|wss?|ftp):\/\/(?:[^\s/@"'<>]{1,200}@)?(\[[0-9a-f:.]+\]|[\p{L}\p{N}.-]+)/giu;
const mailHosts = /[\w.+-]@([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)/gu;
const addresses = /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])/g;
const wholeHost = /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?$/i;

/** Hosts that a text names: of URLs and mail addresses, IPv4 addresses, and a text that is nothing but a host name. */
export function findHosts(text: string): string[] {
  const found = [urlHosts, mailHosts, addresses].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, host = '']) => host),
  );
  const whole = wholeHost.test(text) ? [text.replace(/:\d+$/, '')] : [];
  const hosts = [...found, ...whole].map((host) => host.toLowerCase().replace(/\.+$/, ''));
  return [...new Set(hosts)].filter(Boolean).sort();
}
