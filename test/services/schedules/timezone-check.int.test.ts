import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { createPlanService } from '../../../src/services/plan/plan-service.js';
import { createScheduleService } from '../../../src/services/schedules/schedule-service.js';
import { yearly } from '../../support/api.js';
import { type OwnTemporalServer, startOwnTemporalServer } from '../../support/temporal-server.js';
import { hasServersRules } from './zone-rules.js';

/** The European Union has given up summer time, and only this server has heard of it. */
let server: OwnTemporalServer;
let zoneinfo: string;

beforeAll(async () => {
  zoneinfo = await mkdtemp(path.join(tmpdir(), 'almanac-zoneinfo-'));
  await mkdir(path.join(zoneinfo, 'Europe'));
  await writeFile(path.join(zoneinfo, 'Europe', 'Berlin'), steadyZone(3600, 'CET'));
  server = await startOwnTemporalServer([], { ZONEINFO: zoneinfo });
});
afterAll(async () => {
  await server?.stop();
  await rm(zoneinfo, { recursive: true });
});

/** A zone file (RFC 8536, version 1) with one offset and no change. */
function steadyZone(offset: number, name: string): Buffer {
  const header = Buffer.alloc(44);
  header.write('TZif');
  const letters = Buffer.from(`${name}\0`);
  header.writeUInt32BE(1, 36);
  header.writeUInt32BE(letters.length, 40);
  const type = Buffer.alloc(6);
  type.writeInt32BE(offset, 0);
  return Buffer.concat([header, type, letters]);
}

test('plan --deep warns once a timezone whose rules the server has otherwise, and of no other', async () => {
  const { client } = server;
  const schedules = createScheduleService({ client, taskQueue: 'almanac', owner: 'zones' });
  const service = createPlanService({ client, taskQueue: 'almanac', owner: 'zones' });
  const define = (id: string, spec: object) => parseDefinition(yearly(id, { spec }));
  const definitions = [
    define('berlin-often', { cron: ['*/20 * * * *'], timezone: 'Europe/Berlin' }),
    define('berlin-daily', { cron: ['30 9 * * *'], timezone: 'Europe/Berlin', jitter: '10m' }),
    define('new-york', { cron: ['30 9 * * mon-fri'], timezone: 'America/New_York', jitter: '5m' }),
    define('paris', { cron: ['30 2 * * *'], timezone: 'Europe/Paris', dst: { gap: 'shift', fold: 'first' } }),
    define('utc', { cron: ['30 9 * * *'] }),
    define('interval', { intervals: [{ every: '1d' }], timezone: 'Europe/Berlin' }),
  ];
  // Its clocks change with the moon, unless a newer Node knows that they no longer do.
  const now = Date.now();
  if (await hasServersRules(client, 'Africa/Casablanca', new Date(now), new Date(now + 2 * 365 * 86_400_000))) {
    const timezone = 'Africa/Casablanca';
    definitions.push(define('casablanca', { cron: ['0 */6 * * *'], timezone, skip: [{ month: '8' }] }));
  }
  await service.apply(definitions);
  const { changes, summary } = await service.plan(definitions, { deep: true });
  expect(summary).toMatchObject({ noOp: definitions.length, update: 0 });
  const warned = changes.filter(({ warnings }) =>
    warnings?.some(({ message }) => message.startsWith("the server's rules for")),
  );
  expect(warned.map(({ id, warnings }) => [id, warnings])).toEqual([
    [
      'berlin-daily',
      [
        {
          path: 'spec.timezone',
          value: 'Europe/Berlin',
          message: expect.stringMatching(
            /^the server's rules for Europe\/Berlin are not those of this process \(tzdata \d{4}[a-z]\): here it fires at 20\d\d-0[34]-\d\dT07:30:00.000Z, on the server at 20\d\d-0[34]-\d\dT08:\d\d/,
          ),
        },
      ],
    ],
  ]);
  // The list alone says nothing of timezones, and asks nothing.
  const shallow = await service.plan(definitions);
  expect(shallow.changes.flatMap(({ warnings }) => warnings ?? [])).toEqual([]);
  for (const { id } of definitions) await schedules.delete(id);
});
