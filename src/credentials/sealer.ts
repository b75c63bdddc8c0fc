/** Seals secrets for storage (Fernet) and opens them again. */
export interface Sealer {
  /** A Fernet token under the first key of the ring. */
  seal(secret: string): string;
  /** Throws INTERNAL (never with the token in the message) when no key of the ring opens it. */
  open(token: string): string;
  /** True when the token was sealed under the first key. */
  isCurrent(token: string): boolean;
}
