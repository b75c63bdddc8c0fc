import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { identityProblem } from './access/identity.js';
import { parseFernetKey } from './credentials/fernet.js';
import { parseEgressRule } from './upstream/egress-rules.js';

/** Variables as text: a blank value counts as unset. */
const text = z.string().optional();

/**
 * A variable that `parse` turns into a value of the domain. `parse` answers `{ problem }`, the end of a sentence that
 * begins with the variable's name; it never holds the value of a secret.
 */
function field<Value, Fallback>(
  fallback: Fallback,
  parse: (raw: string) => { value: Value } | { problem: string },
) {
  return text.transform((raw, ctx): Value | Fallback => {
    if (raw === undefined) return fallback;
    const parsed = parse(raw);
    if ('value' in parsed) return parsed.value;
    ctx.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  });
}

export function integer<Fallback extends number | null>(
  fallback: Fallback,
  { min, max }: { min: number; max: number },
) {
  return field<number, Fallback>(fallback, (raw) => {
    const value = Number(raw);
    return /^\d+$/.test(raw) && value >= min && value <= max
      ? { value }
      : { problem: `must be a whole number from ${min} to ${max}, but is "${raw}"` };
  });
}

export function oneLine<Fallback extends string | null>(fallback: Fallback) {
  return field<string, Fallback>(fallback, (raw) =>
    /[\p{Cc}\s]/u.test(raw)
      ? { problem: 'must not contain white space or control characters' }
      : { value: raw },
  );
}

export function onOff<Fallback extends boolean | null>(fallback: Fallback) {
  return field<boolean, Fallback>(fallback, (raw) => {
    const word = raw.toLowerCase();
    if (['on', 'true', '1', 'yes'].includes(word)) return { value: true };
    if (['off', 'false', '0', 'no'].includes(word)) return { value: false };
    return { problem: `must be on or off, but is "${raw}"` };
  });
}

export function oneOf<const Word extends string, Fallback extends Word | null>(
  fallback: Fallback,
  words: readonly Word[],
) {
  return field<Word, Fallback>(fallback, (raw) => {
    const value = words.find((word) => word === raw.toLowerCase());
    return value ? { value } : { problem: `must be ${words.join(' or ')}, but is "${raw}"` };
  });
}

export const plainText = <Fallback extends string | null>(fallback: Fallback) =>
  field<string, Fallback>(fallback, (value) => ({ value }));

export const identity = field<string, null>(null, (raw) => {
  const problem = identityProblem(raw);
  return problem === null ? { value: raw } : { problem };
});

const levels: Record<string, string> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  critical: 'fatal',
  fatal: 'fatal',
  silent: 'silent',
};

export const logLevel = field<string, string>('info', (raw) => {
  const value = levels[raw.toLowerCase()];
  return value === undefined
    ? { problem: `must be one of ${Object.keys(levels).join(', ')} (any case), but is "${raw}"` }
    : { value };
});

export const hostName = field<string, null>(null, (raw) =>
  /^[A-Za-z0-9._:-]+$/.test(raw)
    ? { value: raw }
    : {
        problem: `must be a host name or an address to listen on, such as 0.0.0.0, but is "${raw}"`,
      },
);

export const databaseUrl = field<string, null>(null, (raw) => {
  if (/^postgres(ql)?\+/i.test(raw)) {
    return { problem: 'must name no driver: write postgresql:// in place of postgresql+driver://' };
  }
  if (!/^postgres(ql)?:\/\//i.test(raw) || !URL.canParse(raw)) {
    return { problem: 'must be a URL such as postgresql://user:password@host:5432/database' };
  }
  return new URL(raw).pathname.length > 1
    ? { value: raw }
    : { problem: 'must name a database after the host, as in postgresql://host:5432/database' };
});

export const redisUrl = field<string, null>(null, (raw) =>
  /^rediss?:\/\/[^/]/i.test(raw) && URL.canParse(raw)
    ? { value: raw }
    : { problem: 'must be a URL such as redis://127.0.0.1:6379 or rediss://user:password@host' },
);

/** A key, a stream or a channel. */
export const redisName = (fallback: string) =>
  field<string, string>(fallback, (raw) => {
    const problem = redisNameProblem(raw);
    return problem === null ? { value: raw } : { problem };
  });

export const redisNames = (fallback: string[]) =>
  field<string[], string[]>(fallback, (raw) => {
    const names = splitList(raw);
    const problems = names.flatMap((name) => redisNameProblem(name) ?? []);
    const problem = names.length === 0 ? 'must name at least one' : problems[0];
    return problem === undefined ? { value: names } : { problem };
  });

function redisNameProblem(raw: string): string | null {
  if (/[\p{Cc}\s]/u.test(raw)) return 'must not contain white space or control characters';
  return raw.length <= 200 ? null : `must have at most 200 characters, but has ${raw.length}`;
}

export const fernetKeys = field<string[], null>(null, (raw) => {
  const keys = [...new Set(splitList(raw))];
  const bad = keys.flatMap((key, index) => (parseFernetKey(key) ? [] : [index + 1]));
  if (keys.length > 0 && bad.length === 0) return { value: keys };
  const which = keys.length > 1 ? ` (key ${bad.join(', ')} of ${keys.length} is not)` : '';
  return {
    problem: `must be a Fernet key, 32 bytes in url-safe base64 (44 characters), or several with commas between${which}`,
  };
});

export const egressRules = field<string[], string[]>([], (raw) => {
  const entries = splitList(raw);
  const bad = entries.filter((entry) => parseEgressRule(entry) === null);
  return bad.length === 0
    ? { value: entries }
    : {
        problem: `must list hosts, host:port, addresses or CIDRs with commas between, which these are not: ${bad
          .map((entry) => `"${entry}"`)
          .join(', ')}`,
      };
});

export function httpUrl<Fallback extends string | null>(
  fallback: Fallback,
  { secure }: { secure: boolean },
) {
  return field<string, Fallback>(fallback, (raw) => {
    const url = URL.canParse(raw) ? new URL(raw) : null;
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.hash) {
      return {
        problem: 'must be an absolute http or https URL without a user name, password or #',
      };
    }
    if (secure && url.protocol === 'http:' && !isLoopback(url.hostname)) {
      return { problem: 'must begin with https:// (http is accepted for this machine only)' };
    }
    return { value: raw };
  });
}

export const jwtSecret = field<string, null>(null, (raw) => {
  const bytes = Buffer.byteLength(raw);
  return bytes >= 32
    ? { value: raw }
    : { problem: `must have at least 32 bytes, but has ${bytes}: a shorter secret can be guessed` };
});

/** A public key and the JWS algorithms (RFC 7518, RFC 8037) that it can verify. */
export type PublicKey = { key: KeyObject; algorithms: string[] };

const publicKeyProblem =
  'must be a public key as PEM (-----BEGIN PUBLIC KEY-----, line breaks may be written \\n) or as one JWK object';

export const publicKey = field<PublicKey, null>(null, (raw) => {
  if (raw.includes('PRIVATE KEY') || isPrivateJwk(raw)) {
    return { problem: 'holds a private key: give the public half only' };
  }
  try {
    const key = raw.startsWith('{')
      ? createPublicKey({ key: JSON.parse(raw), format: 'jwk' })
      : createPublicKey(raw.replaceAll('\\n', '\n'));
    const algorithms = algorithmsOf(key);
    return algorithms
      ? { value: { key, algorithms } }
      : {
          problem:
            'must be an RSA key of 2048 bits or more, an EC key (P-256, P-384, P-521) or Ed25519',
        };
  } catch {
    return { problem: publicKeyProblem };
  }
});

export function wordList<Fallback>(fallback: Fallback, known: readonly string[]) {
  return field<string[], Fallback>(fallback, (raw) => {
    const words = raw.split(/[\s,]+/).filter(Boolean);
    const unknown = words.filter((word) => !known.includes(word));
    return words.length > 0 && unknown.length === 0
      ? { value: [...new Set(words)] }
      : { problem: `must list some of ${known.join(', ')}, but is "${raw}"` };
  });
}

function splitList(raw: string): string[] {
  return raw
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function isPrivateJwk(raw: string): boolean {
  return raw.startsWith('{') && /"(d|k)"\s*:/.test(raw);
}

function algorithmsOf(key: KeyObject): string[] | null {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return modulusLength >= 2048 ? ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] : null;
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
    case 'ec':
      return curves[namedCurve ?? ''] ?? null;
    default:
      return null;
  }
}

const curves: Record<string, string[]> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};

export const hexSecret = field<string, null>(null, (raw) => {
  if (!/^(?:[0-9a-f]{2})+$/i.test(raw)) {
    return { problem: 'must be hexadecimal, two digits for each byte' };
  }
  return raw.length >= 64
    ? { value: raw }
    : {
        problem: `must have at least 32 bytes, but has ${raw.length / 2}: a shorter secret can be guessed`,
      };
});

/** A path or a PEM, which may have its line breaks written as `\n`. */
export const pemSource = field<string, null>(null, (raw) =>
  /[\0]/.test(raw) ? { problem: 'must be a path or a PEM' } : { value: raw },
);

export const hostPatterns = field<string[], null>(null, (raw) => {
  const value = splitList(raw).map((host) => host.toLowerCase());
  const bad = value.filter((host) => !/^(?:\*\.)?[a-z0-9_.-]+$|^[0-9a-f:.]+$/.test(host));
  return bad.length === 0 && value.length > 0
    ? { value }
    : {
        problem: `must list hosts, or *.host for all under one, with commas between, which these are not: ${bad.join(', ')}`,
      };
});

export type NamedUrl = { name: string; url: string };

/** `name=https://host/path/` with commas between. */
export const namedUrls = field<NamedUrl[], NamedUrl[]>([], (raw) => {
  const value = splitList(raw).map((entry) => {
    const at = entry.indexOf('=');
    return { name: entry.slice(0, at), url: entry.slice(at + 1) };
  });
  const bad = value.filter(
    ({ name, url }) => !/^[\w.-]{1,100}$/.test(name) || !isPlainHttpUrl(url),
  );
  return bad.length === 0 && new Set(value.map(({ name }) => name)).size === value.length
    ? { value }
    : { problem: 'must list name=https://host/path/ with commas between, each name once' };
});

function isPlainHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  const isHttp = url !== null && /^https?:$/.test(url.protocol);
  return isHttp && !url.username && !url.password && !url.hash && !url.search;
}
