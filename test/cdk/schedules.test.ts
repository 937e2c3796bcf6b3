import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadedSchedules, loadScheduleSet } from '../../cdk/schedules/load-schedule-set.js';
import { scheduleSet } from '../../src/domain/schedule-set.js';
import { manifestOfSources } from '../../src/domain/worker-manifest.js';
import { yearly } from '../support/api.js';
import { type Synthesised, settingsOf, statementsOf, synth, templateOf } from './support/synth.js';

const folder = mkdtempSync(path.join(tmpdir(), 'almanac-schedules-'));

function write(into: string, id: string, changes: Record<string, unknown> = {}): string {
  mkdirSync(path.join(folder, into), { recursive: true });
  const file = path.join(folder, into, `${id}.json`);
  writeFileSync(file, JSON.stringify(yearly(id, changes), null, 2));
  return file;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('schedule files at synth', () => {
  it('are all read, dates in place of the names of their files, in an order of their own', async () => {
    write('good', 'b', { spec: { cron: ['0 2 * * *'], skipDates: 'calendars/days.json' } });
    write('good/sub', 'a');
    mkdirSync(path.join(folder, 'good/calendars'));
    writeFileSync(path.join(folder, 'good/calendars/days.json'), '["2031-12-25"]');
    const { set } = await loadScheduleSet(path.join(folder, 'good'));
    expect(set.definitions.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(set.definitions[1]?.spec.skipDates).toEqual(['2031-12-25']);
  });

  it('stop it when they are wrong, with every fault, its file and its line', async () => {
    write('bad', 'one', { spec: { cron: ['0 25 * * *'] } });
    write('bad', 'two', { action: { steps: [{ id: 'x', uses: 's3.cpoy', with: {} }] } });
    writeFileSync(path.join(folder, 'bad/three.json'), '{ "id": "three",, }');
    const error = await loadScheduleSet(path.join(folder, 'bad')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-input', message: expect.stringContaining('errors') });
    const { details } = error as { details: { file: string; line: number; path: string; message: string }[] };
    const places = details.map((one) => `${path.basename(one.file)}:${one.line} ${one.path}`);
    expect(places).toEqual(
      expect.arrayContaining(['one.json:6 spec.cron[0]', 'two.json:14 action.steps[0].uses', 'three.json:1 ']),
    );
  });

  it('stop it when they name what the image of the workers lacks', async () => {
    const action = { workflow: 'partitionObjects', input: partition };
    write('image', 'split', { action });
    write('image', 'pause');
    const at = path.join(folder, 'image');
    expect((await loadScheduleSet(at)).set.definitions).toHaveLength(2);
    const older = { ...manifestOfSources(), workflows: {} };
    await expect(loadScheduleSet(at, older)).rejects.toMatchObject({
      details: [
        {
          file: path.join(at, 'split.json'),
          line: 11,
          path: 'action.workflow',
          message: expect.stringContaining('the image of the workers has no workflow "partitionObjects"'),
          value: 'partitionObjects',
        },
      ],
    });
  });
});

const partition = {
  source: { bucket: 'orders-raw', key: 'all.csv' },
  target: { bucket: 'orders-clean', prefix: 'shops/' },
  values: ['1'],
};

describe('stack of the schedules', () => {
  let schedules: LoadedSchedules;
  let out: Synthesised;

  beforeAll(async () => {
    for (let index = 0; index < 1_000; index += 1) write('many', `shop-${index}`);
    schedules = await loadScheduleSet(path.join(folder, 'many'));
    out = synth(settingsOf('existing', { name: 'orders' }), { schedules });
  });

  it('hands 1,000 files to the custom resource as one compressed object', () => {
    const template = templateOf(out, 'OrdersSchedules');
    const [resource] = Object.values(template.findResources('Custom::AlmanacSchedules'));
    const { digest, key, owner, temporal } = resource?.Properties ?? {};
    expect({ owner, temporal }).toEqual({ owner: 'orders', temporal: 'temporal.example.com:7233/default' });
    expect(key).toMatch(/^[0-9a-f]{64}\.schedules$/);
    const file = readFileSync(path.join(out.folder, `asset.${key}`));
    expect(file.length).toBeLessThan(64 * 1024);
    const text = gunzipSync(file);
    expect(createHash('sha256').update(text).digest('hex')).toBe(digest);
    expect(scheduleSet.parse(JSON.parse(text.toString()))).toEqual(schedules.set);
  });

  it('changes the resource when a schedule changes, and not otherwise', async () => {
    const again = synth(settingsOf('existing', { name: 'orders' }), {
      schedules: await loadScheduleSet(path.join(folder, 'many')),
    });
    const resourceOf = (one: Synthesised) =>
      templateOf(one, 'OrdersSchedules').findResources('Custom::AlmanacSchedules');
    expect(resourceOf(again)).toEqual(resourceOf(out));
    const [first, ...rest] = schedules.set.definitions;
    if (first === undefined) throw new Error('no definitions');
    const changed = { ...schedules.set, definitions: [{ ...first, description: 'Otherwise' }, ...rest] };
    const other = synth(settingsOf('existing', { name: 'orders' }), { schedules: { set: changed, warnings: [] } });
    expect(resourceOf(other)).not.toEqual(resourceOf(out));
  });

  it('may read sets and large payloads, and nothing else of S3', () => {
    const template = templateOf(out, 'OrdersSchedules');
    const s3 = statementsOf(template).filter(({ Action }) => JSON.stringify(Action).includes('s3:'));
    expect(s3).toHaveLength(2);
    expect(s3.find(({ Action }) => Action === 's3:GetObject')).toMatchObject({
      Effect: 'Allow',
      Resource: { 'Fn::Join': ['', expect.arrayContaining([expect.stringMatching(/\/\*\.schedules$/)])] },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'orders-schedules',
      Timeout: 900,
      Environment: { Variables: Match.objectLike({ TEMPORAL_ADDRESS: 'temporal.example.com:7233' }) },
    });
  });

  it('is deployed after the workers, and says what it did', () => {
    const manifest = JSON.parse(readFileSync(path.join(out.folder, 'manifest.json'), 'utf8'));
    expect(manifest.artifacts.OrdersSchedules.dependencies).toEqual(
      expect.arrayContaining(['OrdersWorker', 'OrdersApi']),
    );
    expect(Object.keys(templateOf(out, 'OrdersSchedules').findOutputs('*'))).toEqual(['Summary', 'Changes']);
  });
});
