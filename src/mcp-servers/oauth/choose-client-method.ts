import { type ClientMethod, isPrivateKey } from '../../upstream/oauth/client-authentication.js';
import { toClientMethods } from '../../upstream/oauth/register-client.js';

/**
 * How a client shows who it is: a private key signs, a client without a secret shows nothing, and a secret goes where the
 * server's metadata says, which means Basic unless told (RFC 8414, section 2).
 */
export function chooseClientMethod(
  secret: string | null,
  supported: readonly string[] | null,
): ClientMethod {
  if (secret === null) return 'none';
  if (isPrivateKey(secret)) return 'private_key_jwt';
  const methods = toClientMethods(supported ?? []);
  if (methods.includes('basic')) return 'basic';
  if (methods.includes('post')) return 'post';
  return methods.includes('none') ? 'none' : 'basic';
}
