export interface Ids {
  /** 26 upper-case Crockford characters, rising within a process. */
  ulid(): string;
  /** `bytes` random bytes, for tokens and keys. */
  random(bytes: number): Buffer;
}
