/** Names, without case and separators, whose values are secrets wherever such a name ends so. */
const secretEndings = [
  'authorization',
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'privatekey',
  'secretkey',
  'signingkey',
  'encryptionkey',
  'cookie',
  'session',
  'sessionid',
  'sessionkey',
  'credential',
  'credentials',
  'signature',
];

/** Parts that make a name secret wherever they stand in it, such as in `password_confirmation`. */
const secretParts = [
  'password',
  'passwd',
  'accesstoken',
  'refreshtoken',
  'authtoken',
  'clientsecret',
  'apikey',
  'privatekey',
  'secretaccesskey',
  'setcookie',
];

const secretNames = new Set([
  ...['auth', 'oauth', 'xauth', 'bearer', 'jwt', 'sig', 'assertion'],
  ...['pwd', 'pass', 'passcode', 'pin', 'otp', 'cvv', 'cvc'],
]);

/** Tokens that point at a place in a list and open nothing. */
const harmlessNames =
  /(page|next|prev|previous|continuation|continue|cursor|sync|start|end|offset|resume)token$/;

/**
 * Whether a key, header or parameter of this name carries a secret: `authorization`, `cookie`, `password`, `api_key`,
 * `clientSecret`, `X-Auth-Token` and the like, whatever the case and separators.
 */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (secretNames.has(plain)) return true;
  if (secretParts.some((part) => plain.includes(part))) return true;
  return secretEndings.some((end) => plain.endsWith(end)) && !harmlessNames.test(plain);
}
