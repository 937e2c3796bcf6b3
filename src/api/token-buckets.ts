export interface BucketLimits {
  /** Calls at once after a pause. */
  burst: number;
  /** Calls a second for good. */
  perSecond: number;
  /** Callers that are remembered; the one that was silent longest is forgotten first. */
  maxKeys: number;
}

/** Token buckets by key, in the memory of this process: each instance of the API counts for itself. */
export class TokenBuckets {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    private readonly limits: BucketLimits,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes one call. Returns the seconds until the next is free when there is none now. */
  take(key: string): number | undefined {
    const { burst, perSecond, maxKeys } = this.limits;
    const at = this.now();
    const last = this.#buckets.get(key) ?? { tokens: burst, at };
    const tokens = Math.min(burst, last.tokens + ((at - last.at) / 1000) * perSecond);
    const isFree = tokens >= 1;
    // Deleting first puts the key at the end of the map's order: what stands first was silent longest.
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isFree ? tokens - 1 : tokens, at });
    if (this.#buckets.size > maxKeys) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return isFree ? undefined : (1 - tokens) / perSecond;
  }
}
