import { Decoder, ExtensionCodec, type ExtensionDecoderType } from '@msgpack/msgpack';

/** A codec that knows no extension: a time or a type of the sender's own is no JSON. */
class NoExtensions extends ExtensionCodec {
  override decode(...[, type]: Parameters<ExtensionDecoderType<undefined>>): never {
    throw new RangeError(`an extension type (${type}) was found, which no field may hold`);
  }
}

const extensionCodec = new NoExtensions();

/**
 * What msgpack bytes say, with 64-bit integers exact: those beyond what a number keeps come as bigint.
 * Throws for bytes that are no msgpack, that say more than there is, and for keys that are no text or `__proto__`.
 */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  const limit = bytes.byteLength;
  // One decoder per payload: one that failed half-way keeps what it had read.
  const decoder = new Decoder({
    extensionCodec,
    useBigInt64: true,
    maxStrLength: limit,
    maxBinLength: limit,
    maxArrayLength: limit,
    maxMapLength: limit,
    maxExtLength: limit,
    mapKeyConverter: (key) => {
      if (typeof key === 'string') return key;
      throw new RangeError(`a key is ${key === null ? 'nil' : `a ${typeof key}`}, not a text`);
    },
  });
  return decoder.decode(bytes);
}
