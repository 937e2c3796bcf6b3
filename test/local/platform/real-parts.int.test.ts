import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type SesSink, startSesSink } from '../../../src/local/ses-sink/index.js';
import { testClient } from '../../support/temporal.js';
import { TestPlatform } from '../../support/test-platform.js';

let platform: TestPlatform;
let sink: SesSink;
const id = `real-parts-${process.pid}`;

beforeAll(async () => {
  platform = await TestPlatform.create();
  sink = await startSesSink({ port: 0, folder: path.join(platform.home, 'elsewhere') });
});

afterAll(async () => {
  await platform.remove();
  await sink.close();
  await testClient().schedule.getHandle(id).delete();
});

function scheduleFile(name: string, definition: object): void {
  const folder = path.join(platform.home, 'schedules');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(definition, null, 2));
}

test('parts named by their variables are used instead of local ones; a bad schedule file keeps no good one away', async () => {
  const action = { steps: [{ id: 'rest', uses: 'wait', with: { duration: '1s' } }] };
  scheduleFile(id, { id, spec: { cron: ['0 4 * * *'] }, paused: true, action });
  scheduleFile('broken', { id: 'broken', spec: { cron: ['0 4 30 2 *'] }, action });
  const running = platform.spawn({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    AWS_ENDPOINT_URL_S3: inject('s3Endpoint'),
    AWS_ENDPOINT_URL_SES: sink.url,
    AWS_ACCESS_KEY_ID: 'almanac',
    AWS_SECRET_ACCESS_KEY: 'almanac-local',
    ALMANAC_TASK_QUEUE: id,
    ALMANAC_SCHEDULES: path.join(platform.home, 'schedules'),
  });
  await running.said('Almanac is ready');
  expect(running.output).toMatch(/✗ \S*broken\.json:\d+:\d+ .*spec\.cron/);
  expect(running.output).toContain('1 created, 0 updated, 0 unchanged, some refused');
  expect(running.output).not.toContain('Temporal UI');
  expect(
    platform
      .state()
      .components.map(({ name }) => name)
      .sort(),
  ).toEqual(['api', 'worker']);
  expect((await testClient().schedule.getHandle(id).describe()).state.paused).toBe(true);
  running.process.kill('SIGTERM');
  expect(await running.exited).toBe(0);
});
