import { afterAll, describe, expect, it } from 'vitest';
import { caller, newId, testApp, yearly } from '../support/api.js';
import { testClient } from '../support/temporal.js';

const call = caller(testApp(testClient()).app);
const created: string[] = [];

/** Each with an hour or a rule that a first guess gets wrong. */
const specs = {
  'spring gap': { cron: ['30 2 * * *'], timezone: 'Europe/Berlin' },
  'autumn fold': { cron: ['30 1 * * *'], timezone: 'America/New_York' },
  'friday the 13th': { cron: ['0 0 13 * 5'] },
  'interval with offset and skip': {
    intervals: [{ every: '6h', offset: '15m' }],
    skip: [{ dayOfWeek: 'sat,sun' }],
    skipDates: ['2026-12-25'],
  },
  'gap shifted, first of a fold': {
    cron: ['30 2 * * *', '0,30 1-3 * * 0'],
    timezone: 'Europe/Berlin',
    dst: { gap: 'shift', fold: 'first' },
  },
  'both of a fold, jittered': { cron: ['30 2 * * *'], timezone: 'Europe/Berlin', dst: { fold: 'both' }, jitter: '5m' },
  'freeze over the new year': {
    cron: ['0 */8 * * *'],
    timezone: 'Pacific/Auckland',
    skipDates: [{ from: '2026-11-20', to: '2027-01-06', comment: 'freeze' }],
  },
  'calendar with steps': { calendars: [{ hour: '9-17/2', dayOfWeek: 'mon-fri' }], timezone: 'Asia/Kolkata' },
};
const window = { start: '2026-03-01T00:00:00Z', end: '2027-03-01T00:00:00Z', limit: 5000 };

afterAll(async () => {
  for (const id of created) await call('DELETE', `/v1/schedules/${id}`);
});

async function create(spec: object) {
  const id = newId('fire');
  expect((await call('POST', '/v1/schedules', { body: yearly(id, { spec }) })).status).toBe(201);
  created.push(id);
  return id;
}

describe('fire times', () => {
  it.each(Object.entries(specs))('are the same stored and unsaved: %s', async (_name, spec) => {
    const id = await create(spec);
    const query = new URLSearchParams({ ...window, limit: String(window.limit) });
    const stored = await call('GET', `/v1/schedules/${id}/fire-times?${query}`, { as: 'viewer' });
    const unsaved = await call('POST', '/v1/fire-times', {
      as: 'viewer',
      body: { definition: yearly('unsaved', { spec }), ...window },
    });
    expect(stored.status).toBe(200);
    expect(stored.json.fireTimes.length).toBeGreaterThan(0);
    expect(unsaved.json).toEqual(stored.json);
  });

  it('go over the 1,000 that the server returns at once, and say when there are more', async () => {
    const id = await create({ intervals: [{ every: '1m' }] });
    const ask = (limit: number) =>
      call('GET', `/v1/schedules/${id}/fire-times?start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z&limit=${limit}`);
    const some = await ask(1100);
    expect(some.json.fireTimes).toHaveLength(1100);
    expect(new Set(some.json.fireTimes).size).toBe(1100);
    expect(some.json.truncated).toBe(true);
    // The start is exclusive and the end inclusive.
    expect(some.json.fireTimes[0]).toBe('2026-01-01T00:01:00.000Z');
    const all = await ask(1440);
    expect(all.json).toMatchObject({ truncated: false });
    expect(all.json.fireTimes.at(-1)).toBe('2026-01-02T00:00:00.000Z');
    expect((await ask(1439)).json.truncated).toBe(true);
  });

  it('leave the jitter out', async () => {
    const id = await create({ intervals: [{ every: '1h' }], jitter: '30m' });
    const { json } = await call('GET', `/v1/schedules/${id}/fire-times?start=2026-01-01T00:00:00Z&limit=3`);
    expect(json.fireTimes).toEqual([1, 2, 3].map((hour) => `2026-01-01T0${hour}:00:00.000Z`));
  });

  it('say what a policy for clock changes makes of the hours around them', async () => {
    const id = await create({ cron: ['30 2 * * *'], timezone: 'Europe/Berlin', dst: { gap: 'shift', fold: 'both' } });
    const day = async (date: string) => {
      const query = new URLSearchParams({ start: `${date}T00:00:00Z`, end: `${date}T12:00:00Z` });
      return (await call('GET', `/v1/schedules/${id}/fire-times?${query}`)).json.fireTimes;
    };
    expect(await day('2027-03-28')).toEqual(['2027-03-28T01:30:00.000Z']);
    expect(await day('2027-10-31')).toEqual(['2027-10-31T00:30:00.000Z', '2027-10-31T01:30:00.000Z']);
    expect((await call('GET', `/v1/schedules/${id}`)).json).toMatchObject({ drift: [] });
  });

  it('are not given for a century at once', async () => {
    const id = await create({ cron: ['0 0 1 1 *'] });
    const century = { start: '2026-01-01T00:00:00Z', end: '2126-01-01T00:00:00Z' };
    const stored = await call('GET', `/v1/schedules/${id}/fire-times?${new URLSearchParams(century)}`);
    expect(stored.json).toMatchObject({
      status: 422,
      code: 'over-cap',
      errors: [{ path: 'end', value: expect.any(String) }],
    });
    const body = { definition: yearly('unsaved', { spec: { cron: ['0 0 1 1 *'] } }), ...century };
    expect((await call('POST', '/v1/fire-times', { body })).status).toBe(422);
  });

  it('refuse a bad window and say where a bad definition is wrong', async () => {
    const id = await create({ cron: ['0 0 * * *'] });
    const turned = await call(
      'GET',
      `/v1/schedules/${id}/fire-times?start=2026-02-01T00:00:00Z&end=2026-01-01T00:00:00Z`,
    );
    expect(turned.json).toMatchObject({ status: 400, errors: [{ path: 'end' }] });
    expect((await call('GET', `/v1/schedules/${id}/fire-times?start=yesterday&limit=0`)).json.errors).toHaveLength(2);
    expect((await call('GET', `/v1/schedules/${id}-none/fire-times`)).status).toBe(404);
    const bad = await call('POST', '/v1/fire-times', {
      body: { definition: yearly('bad', { spec: { cron: ['99 * * * *'] } }), start: window.start, end: window.end },
    });
    expect(bad.json).toMatchObject({ status: 400, errors: [{ path: 'definition.spec.cron[0]' }] });
  });
});
