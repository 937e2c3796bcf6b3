import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../src/api/token-buckets.js';

function buckets(maxKeys = 100) {
  const clock = { now: 0 };
  return { clock, bucket: new TokenBuckets({ burst: 3, perSecond: 2, maxKeys }, () => clock.now) };
}

describe('token buckets', () => {
  it('let a burst through, then so many a second, and say when the next is free', () => {
    const { clock, bucket } = buckets();
    const take = (times: number) => Array.from({ length: times }, () => bucket.take('a'));
    expect(take(4)).toEqual([undefined, undefined, undefined, 0.5]);
    clock.now = 400;
    expect(bucket.take('a')).toBeCloseTo(0.1);
    clock.now = 500;
    expect(take(2)).toEqual([undefined, 0.5]);
    clock.now = 60_000;
    expect(take(4)).toEqual([undefined, undefined, undefined, 0.5]);
  });

  it('count each key for itself', () => {
    const { bucket } = buckets();
    for (let call = 0; call < 5; call += 1) bucket.take('a');
    expect(bucket.take('b')).toBeUndefined();
  });

  it('forget who was silent longest', () => {
    const { bucket } = buckets(2);
    for (let call = 0; call < 4; call += 1) bucket.take('a');
    bucket.take('b');
    expect(bucket.take('a')).toBe(0.5);
    bucket.take('c');
    expect(bucket.take('a'), 'b was forgotten').toBe(0.5);
    bucket.take('b');
    bucket.take('c');
    expect(bucket.take('a'), 'a was').toBeUndefined();
  });
});
