import { callbackRefusal } from '../domain/callback/answers.js';
import { type BucketLimits, TokenBuckets } from './token-buckets.js';

export interface CallbackLimitOptions {
  /** The four operations, by token. */
  operations: BucketLimits;
  /** The page and its JSON, by token: a scanner that follows links must not use up what the partner needs. */
  reads: BucketLimits;
  /** Tokens that do not open, by address of the caller. */
  unopened: BucketLimits;
}

/** Far above what a partner needs, with room for a burst of repeats. */
export const defaultCallbackLimits: CallbackLimitOptions = {
  operations: { burst: 100, perSecond: 10, maxKeys: 10_000 },
  reads: { burst: 300, perSecond: 10, maxKeys: 10_000 },
  unopened: { burst: 2_000, perSecond: 20, maxKeys: 10_000 },
};

export interface CallbackLimits {
  /** Each throws AlmanacError `throttled`, with a time to come back, when there were too many. */
  operation(jti: string): void;
  read(jti: string): void;
  unopened(address: string): void;
}

/** Counted in this process: what one instance of the API does for one caller. */
export function createCallbackLimits(options: CallbackLimitOptions = defaultCallbackLimits): CallbackLimits {
  const limit = (limits: BucketLimits) => {
    const buckets = new TokenBuckets(limits);
    return (key: string) => {
      const seconds = buckets.take(key);
      if (seconds !== undefined) throw callbackRefusal.tooManyCalls(Math.max(1, Math.ceil(seconds)));
    };
  };
  return {
    operation: limit(options.operations),
    read: limit(options.reads),
    unopened: limit(options.unopened),
  };
}
