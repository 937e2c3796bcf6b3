import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { newBucket, readObject, testS3 } from '../../support/s3.js';
import { put, runStep, sha256 } from './environment.js';

vi.setConfig({ testTimeout: 120_000 });

const s3 = testS3();
const MB = 1_000_000;

/** The most memory outside the heap that a step takes, above what there was before. */
async function peakOf<T>(step: () => Promise<T>): Promise<{ result: T; peak: number }> {
  const before = process.memoryUsage().arrayBuffers;
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }, 5);
  try {
    const result = await step();
    return { result, peak };
  } finally {
    clearInterval(watch);
  }
}

test.each(['none', 'same'] as const)(
  'many small .gz objects that expand a lot, compression %s',
  async (compression) => {
    const source = await newBucket(s3, 'source');
    const target = await newBucket(s3, 'target');
    const content = Buffer.alloc(20 * MB, `${'a line of no great interest, that is here many times; '.repeat(3)}\n`);
    const packed = gzipSync(content);
    expect(packed.length).toBeLessThan(MB / 2);
    const names = Array.from({ length: 16 }, (_, index) => `${String(index).padStart(2, '0')}.gz`);
    for (const name of names) await put(s3, source, name, packed);
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' }, manifest: 'm' };
    const { result, peak } = await peakOf(() => runStep(s3, 's3.transform', { ...step, drop: 'nothing', compression }));
    expect(result).toMatchObject({ objects: 16, linesOut: 16 * content.toString().split('\n').length });
    if (compression === 'none') {
      for (const name of names) {
        expect(sha256(await readObject(s3, target, name.slice(0, -3)))).toBe(sha256(content));
      }
    }
    // Sixteen at once, each with parts of its own, it would be 300 to 400 MB.
    expect(peak).toBeLessThan(200 * MB);
  },
);
