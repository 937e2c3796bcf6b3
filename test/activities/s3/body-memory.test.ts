import { expect, it } from 'vitest';
import { BodyMemory } from '../../../src/activities/s3/body-memory.js';

it('gives pieces that are large enough, and none twice at once', () => {
  const memory = new BodyMemory();
  const sizes = [0, 1, 4096, 4097, 65_536, 65_537, 1024 * 1024];
  const taken = sizes.map((size) => memory.take(size));
  for (const [index, piece] of taken.entries()) expect(piece.length).toBeGreaterThanOrEqual(sizes[index] ?? 0);
  expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(sizes.length);
});

it('uses again what was given back, for the same size only', () => {
  const memory = new BodyMemory();
  const small = memory.take(5000);
  memory.give(small);
  expect(memory.take(20_000)).not.toBe(small);
  expect(memory.take(8192)).toBe(small);
  expect(memory.take(8192)).not.toBe(small);
});
