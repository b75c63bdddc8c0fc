import { z } from 'zod';

export const credentialKinds = ['apiKey', 'basic', 'bearer', 'oauth2'] as const;
export type CredentialKind = (typeof credentialKinds)[number];

/**
 * What one security scheme of an API is served with, opened. By kind:
 * - `apiKey`, `bearer`: `value`, the key or token;
 * - `basic`: `username`, and `password` (may be empty);
 * - `oauth2`: `clientId`, `clientSecret` and `tokenUrl` of the client credentials grant, or a token as `value`.
 *
 * `tokenUrl` is fixed when the credential is stored (see `pinTokenUrl`): a document that changes later cannot send the
 * secret elsewhere.
 */
export type Credential = {
  /** Name of the scheme in the API's document. */
  scheme: string;
  kind: CredentialKind;
  value?: string;
  username?: string;
  password?: string;
  clientId?: string;
  clientSecret?: string;
  tokenUrl?: string;
  /** Asked for instead of the scopes that an operation names. */
  scopes?: string[];
};

const maxSecretLength = 16_384;
const visible = /^[\t\x20-\x7e\x80-\xff]*$/;

const secret = z
  .string()
  .min(1, 'is empty.')
  .max(maxSecretLength, `has more than ${maxSecretLength} characters.`);
const headerSecret = secret.regex(
  visible,
  'holds a line break or another character that a request cannot carry.',
);
const plainText = z.string().max(maxSecretLength, `has more than ${maxSecretLength} characters.`);
const withoutControls = plainText.refine(
  (text) => !/\p{Cc}/u.test(text),
  'holds a control character.',
);
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'is not an OAuth scope: no spaces, quotes or backslashes.');

const fieldsByKind = {
  apiKey: ['value'],
  bearer: ['value'],
  basic: ['username', 'password'],
  oauth2: ['value', 'clientId', 'clientSecret', 'tokenUrl', 'scopes'],
} as const satisfies Record<CredentialKind, readonly (keyof Credential)[]>;

/** A credential as a person gives it; a field of null counts as left out. Fields of another kind are refused by name. */
export const CredentialInput = z
  .strictObject({
    scheme: z.string().min(1, 'is empty.').max(200, 'has more than 200 characters.'),
    kind: z.enum(credentialKinds),
    value: headerSecret.nullish(),
    username: withoutControls.nullish(),
    password: withoutControls.nullish(),
    clientId: withoutControls.min(1, 'is empty.').nullish(),
    clientSecret: secret.nullish(),
    tokenUrl: z
      .url({ protocol: /^https?$/, error: 'is not an absolute http or https URL.' })
      .nullish(),
    scopes: z.array(scope).max(100, 'has more than 100 entries.').nullish(),
  })
  .transform(withoutNulls)
  .superRefine((credential, context) => {
    for (const [field, message] of problemsOf(credential)) {
      context.addIssue({ code: 'custom', path: [field], message });
    }
  });

function withoutNulls({
  scheme,
  kind,
  ...fields
}: { scheme: string; kind: CredentialKind } & {
  [K in Exclude<keyof Credential, 'scheme' | 'kind'>]?: Credential[K] | null | undefined;
}): Credential {
  const given = Object.entries(fields).filter(([, value]) => value != null);
  return { scheme, kind, ...Object.fromEntries(given) };
}

function* problemsOf(credential: Credential): Generator<[field: string, message: string]> {
  const { scheme: _scheme, kind, ...fields } = credential;
  const allowed: readonly string[] = fieldsByKind[kind];
  for (const name of Object.keys(fields)) {
    if (!allowed.includes(name)) {
      yield [
        name,
        `does not belong to a credential of kind "${kind}", which takes ${allowed.join(', ')}.`,
      ];
    }
  }
  if (kind === 'basic') {
    if (fields.username === undefined) yield ['username', 'is missing.'];
    if (fields.username?.includes(':')) yield ['username', 'holds a colon (RFC 7617).'];
  } else if (kind !== 'oauth2') {
    if (fields.value === undefined) yield ['value', 'is missing.'];
  } else if (fields.value === undefined) {
    if (fields.clientId === undefined) yield ['clientId', 'is missing (or a token as value).'];
    if (fields.clientSecret === undefined) yield ['clientSecret', 'is missing.'];
  } else if (fields.clientId !== undefined || fields.clientSecret !== undefined) {
    yield ['value', 'is a token: give either it or clientId and clientSecret.'];
  }
}
