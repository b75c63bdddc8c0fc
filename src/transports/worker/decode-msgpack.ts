import { Decoder, ExtensionCodec, type ExtensionDecoderType } from '@msgpack/msgpack';

/** A codec that knows no extension: a time or a type of the sender's own is no JSON. */
class NoExtensions extends ExtensionCodec {
  override decode(...[, type]: Parameters<ExtensionDecoderType<undefined>>): never {
    throw new RangeError(`an extension type (${type}) was found, which no field may hold`);
  }
}

const decoder = new Decoder({
  extensionCodec: new NoExtensions(),
  useBigInt64: true,
  mapKeyConverter: (key) => {
    if (typeof key === 'string') return key;
    throw new RangeError(`a key is ${key === null ? 'nil' : `a ${typeof key}`}, not a text`);
  },
});

/**
 * What msgpack bytes say, with 64-bit integers exact: those beyond what a number keeps come as bigint. Of bytes that nobody
 * has skimmed it would allocate whatever they claim to hold: see `skimRequest`.
 * Throws for bytes that are no msgpack, and for keys that are no text or `__proto__`.
 */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  return decoder.decode(bytes);
}
