import type { Sealer } from '../credentials/sealer.js';
import type { Credential, CredentialKind } from './credential.js';

type Sealed = { scheme: string; kind: CredentialKind; secret: Record<string, string> };

/** Field → Fernet token. Everything that a person gave is sealed, whether it looks secret or not. */
export function sealCredential(
  sealer: Sealer,
  { scheme: _scheme, kind: _kind, scopes, ...fields }: Credential,
): Record<string, string> {
  const texts = { ...fields, ...(scopes ? { scopes: scopes.join(' ') } : {}) };
  return Object.fromEntries(
    Object.entries(texts).map(([field, text]) => [field, sealer.seal(text)]),
  );
}

export function openCredential(sealer: Sealer, { scheme, kind, secret }: Sealed): Credential {
  const { scopes, ...fields } = Object.fromEntries(
    Object.entries(secret).map(([field, token]) => [field, sealer.open(token)]),
  );
  return {
    scheme,
    kind,
    ...fields,
    ...(scopes === undefined ? {} : { scopes: scopes.split(' ').filter(Boolean) }),
  };
}
