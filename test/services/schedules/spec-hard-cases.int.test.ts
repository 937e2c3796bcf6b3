import { afterAll, describe, expect, test } from 'vitest';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import { compileSpec } from '../../../src/domain/spec/compile-spec.js';
import { fireTimesBetween } from '../../../src/domain/spec/fire-times.js';
import { specFromProto } from '../../../src/services/schedules/spec-from-proto.js';
import { specToProto } from '../../../src/services/schedules/spec-to-proto.js';
import { hardCases } from '../../domain/spec/hard-cases.js';
import { testClient } from '../../support/temporal.js';
import { withStoredSpec } from './stored-spec.js';

const client = testClient();
afterAll(() => client.connection.close());

describe('the server compiles and fires hard specs as we do', () => {
  for (const { name, spec: raw, start, end } of hardCases) {
    test(name, async () => {
      const spec = scheduleSpec.parse(raw);
      const compiled = compileSpec(spec);
      const window = { start: new Date(start), end: new Date(end) };
      await withStoredSpec(client, specToProto(spec), async (stored) => {
        expect(specFromProto(stored.described)).toEqual(compiled);
        expect(await stored.fireTimes(window.start, window.end)).toEqual(fireTimesBetween(compiled, window).fireTimes);
      });
    });
  }

  test('a circle of the server over a day that Apia left out', async () => {
    const spec = scheduleSpec.parse({ cron: ['0 * * * *'], timezone: 'Pacific/Apia' });
    const window = { start: new Date('2011-12-30T08:30:00Z'), end: new Date('2011-12-31T00:00:00Z') };
    const ours = fireTimesBetween(compileSpec(spec), window);
    await withStoredSpec(client, specToProto(spec), async (stored) => {
      expect(await stored.fireTimes(window.start, window.end)).toEqual(ours.fireTimes);
    });
    // The hour after the last of 29 December is the first of 29 December, for ever.
    expect(ours.fireTimes.slice(0, 2)).toEqual(['2011-12-30T09:00:00.000Z', '2011-12-29T10:00:00.000Z']);
    expect(ours.truncated).toBe(true);
  });
});

describe('what we refuse, the server refuses', () => {
  const cron = (...texts: string[]) => ({ cron: texts });
  test.each([
    ['a day L', cron('0 0 L * *')],
    ['a hash H', cron('H 0 * * *')],
    ['a question mark', cron('0 0 ? * 1')],
    ['a nearest weekday W', cron('0 0 15W * *')],
    ['minute 60', cron('60 * * * *')],
    ['day 0', cron('0 0 0 * *')],
    ['month 13', cron('0 0 1 13 *')],
    ['weekday 8', cron('0 0 * * 8')],
    ['year 1999', cron('0 0 1 1 * 1999')],
    ['a range backwards', cron('0 0 * * fri-tue')],
    ['step 0', cron('*/0 * * * *')],
    ['two slashes', cron('1/2/3 * * * *')],
    ['two dashes', cron('1-2-3 * * * *')],
    ['an open list', cron('1,2, * * * *')],
    ['four fields', cron('* * * *')],
    ['eight fields', cron('* * * * * * * *')],
    ['an unknown name', cron('@reboot')],
    ['@every without interval', cron('@every')],
    ['@every with two blanks', cron('@every  5h')],
    ['@every too short', cron('@every 500ms')],
    ['@every with an offset as long', cron('@every 1h/1h')],
    ['a timezone alone', cron('CRON_TZ=Europe/Berlin')],
    ['an unknown timezone', cron('CRON_TZ=Europe/Berln 0 0 * * *')],
    ['an invented timezone', { ...cron('0 0 * * *'), timezone: 'JST' }],
    ['timezones that differ', cron('TZ=Asia/Tokyo 0 0 * * *', 'TZ=Europe/Berlin 0 0 * * *')],
    ['a timezone in one cron of two', cron('TZ=Asia/Tokyo 0 0 * * *', '0 0 * * *')],
    ['a timezone beside another', { ...cron('TZ=Asia/Tokyo 0 0 * * *'), timezone: 'Europe/Berlin' }],
    ['an offset as long as its interval', { intervals: [{ every: '1h', offset: '1h' }] }],
    ['a blank inside a list', { calendars: [{ hour: '1, 2' }] }],
    ['a bad skip', { ...cron('0 0 * * *'), skip: [{ hour: '24' }] }],
    ['a comment of 201 bytes', { calendars: [{ comment: `${'ü'.repeat(100)}.` }] }],
  ])('%s', async (_, raw) => {
    // The schema refuses an unknown timezone by itself; here the compiler is asked.
    const { timezone, ...rest } = raw as { timezone?: string };
    const spec = { ...scheduleSpec.parse(rest), ...(timezone === undefined ? {} : { timezone }) };
    expect(() => compileSpec(spec)).toThrow('the spec is not valid');
    await expect(withStoredSpec(client, specToProto(spec), async () => 'stored')).rejects.toThrow(/INVALID_ARGUMENT/);
  });
});
