import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test, vi } from 'vitest';
import { createS3Activities } from '../../../src/activities/s3/index.js';
import { newBucket, testS3 } from '../../support/s3.js';
import { keysOf, put } from './environment.js';

vi.setConfig({ testTimeout: 60_000 });

const s3 = testS3();

/** What a worker does: one set of activities, and so one memory for parts, for all the steps that run at once. */
test('reads that wait for memory leave a connection to the uploads that free it', async () => {
  const source = await newBucket(s3, 'source');
  const names = Array.from({ length: 16 }, (_, index) => String(index).padStart(2, '0'));
  const body = Buffer.from(`${'a line '.repeat(10)}\n`.repeat(40_000));
  await Promise.all(names.map((name) => put(s3, source, name, body)));
  const activities = createS3Activities({ s3: testS3() });
  // 16 objects at once each: 80 reads are open, of which four have memory for their output.
  const steps = Array.from({ length: 5 }, async () => {
    const target = await newBucket(s3, 'target');
    const step = { source: { bucket: source, prefix: '' }, target: { bucket: target, prefix: '' }, keep: 'line' };
    const call = { scheduleId: 'test', stepId: 'step', scheduledTime: '2026-01-01T00:00:00.000Z', with: step };
    const output = await new MockActivityEnvironment().run(activities['s3.transform'], call);
    expect(output).toMatchObject({ objects: 16, bytesOut: 16 * body.length });
    expect(await keysOf(s3, target)).toEqual(names);
  });
  await Promise.all(steps);
});
