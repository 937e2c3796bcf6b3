import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { applySchedules } from '../../../src/local/platform/apply-schedules.js';
import { createScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { newId, yearly } from '../../support/api.js';
import { testClient } from '../../support/temporal.js';

const client = testClient();
const schedules = createScheduleService({ client, taskQueue: 'almanac', owner: 'api' });
const [id, broken, foreign] = [newId('file'), newId('broken'), newId('foreign')] as const;
const owner = newId('package');
let folder: string;

beforeAll(async () => {
  const project = await mkdtemp(path.join(tmpdir(), 'almanac-apply-'));
  folder = path.join(project, 'schedules');
  await mkdir(folder);
  await writeFile(path.join(project, 'package.json'), JSON.stringify({ name: owner }));
});

afterAll(async () => {
  await rm(path.dirname(folder), { recursive: true });
  for (const made of [id, foreign]) await schedules.delete(made);
});

async function write(name: string, content: unknown) {
  await writeFile(path.join(folder, `${name}.json`), JSON.stringify(content));
}

it('applies the folder at every start: owned by its package, good files despite bad ones, a pause by hand kept', async () => {
  await schedules.create(parseDefinition(yearly(foreign)));
  await write(id, yearly(id));
  await write(broken, { id: broken });
  await write(foreign, yearly(foreign, { description: 'from a file' }));

  const first = await applySchedules(client, folder, 'almanac');
  expect(first.counts).toEqual({ create: 1, update: 0, 'no-op': 0 });
  expect(first.definitions.map((definition) => definition.id)).toEqual([id]);
  expect(first.problems.join('\n')).toContain(`${broken}.json`);
  expect(first.problems.join('\n')).toContain(`schedule ${foreign} belongs to api`);
  expect((await schedules.get(id)).schedule).toMatchObject({ owner, paused: false });

  await schedules.pause(id, 'by hand');
  expect((await applySchedules(client, folder, 'almanac')).counts).toEqual({ create: 0, update: 0, 'no-op': 1 });
  await write(id, yearly(id, { description: 'changed' }));
  expect((await applySchedules(client, folder, 'almanac')).counts).toEqual({ create: 0, update: 1, 'no-op': 0 });
  expect((await schedules.get(id)).schedule).toMatchObject({ paused: true, description: 'changed' });
  await expect(schedules.get(broken)).rejects.toMatchObject({ code: 'not-found' });
});
