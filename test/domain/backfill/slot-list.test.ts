import { describe, expect, test } from 'vitest';
import { decodeSlots, encodeSlots } from '../../../src/domain/backfill/slot-list.js';
import { seeded } from '../../activities/s3/random.js';

const at = (time: string) => Date.parse(time) / 1000;

describe('a list of slots as text', () => {
  test.each([
    ['no slot', [], ''],
    ['one slot', [at('2026-03-01T01:00:00Z')], '1772326800'],
    ['a regular list', [10, 20, 30, 40], '10 +10x3'],
    ['a change of the clock', [0, 86_400, 172_800, 255_600, 342_000], '0 +86400x2 +82800 +86400'],
  ])('%s', (_, slots, text) => {
    expect(encodeSlots(slots)).toBe(text);
    expect(decodeSlots(text)).toEqual(slots);
  });

  test('comes back from text as it was, whatever the distances', () => {
    const random = seeded(20261121);
    for (let round = 0; round < 200; round += 1) {
      const slots: number[] = [];
      let slot = Math.floor(random() * 1e9);
      for (let left = Math.floor(random() * 50); left > 0; left -= 1) {
        slots.push(slot);
        slot += random() < 0.6 ? 3_600 : 1 + Math.floor(random() * 1e6);
      }
      expect(decodeSlots(encodeSlots(slots))).toEqual(slots);
    }
  });

  test('100,000 irregular slots fit a payload of Temporal, and regular ones a line', () => {
    const random = seeded(1);
    let slot = 1_600_000_000;
    const irregular = Array.from({ length: 100_000 }, () => (slot += 60 * (1 + Math.floor(random() * 200))));
    expect(encodeSlots(irregular).length).toBeLessThan(1_000_000);
    const regular = Array.from({ length: 100_000 }, (_, index) => 1_600_000_000 + index * 60);
    expect(encodeSlots(regular)).toBe('1600000000 +60x99999');
  });

  test.each(['x', '10 20', '10 +', '10 +5x', '10 -5', ' '])('refuses %j', (text) => {
    expect(() => decodeSlots(text)).toThrow(RangeError);
  });
});
