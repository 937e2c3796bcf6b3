import { CronExpressionParser } from 'cron-parser';
import { expect, test } from 'vitest';
import { scheduleSpec } from '../../../src/domain/definition/spec.js';
import { compileSpec } from '../../../src/domain/spec/compile-spec.js';
import { fireTimesBetween } from '../../../src/domain/spec/fire-times.js';
import { seededRandom } from './random-spec.js';

// The check asks cron-parser only about crons that it may read differently; this shows that the rest it reads alike.
test('five fields with one of the two days free fire alike by both readings, in a zone whose clock stands still', () => {
  const random = seededRandom(5);
  const choose = (...texts: string[]) => texts[Math.floor(random() * texts.length)] ?? '*';
  const start = new Date('2026-11-20T00:00:00Z');
  for (let index = 0; index < 60; index += 1) {
    const day = choose('*', '1', '13', '1-7', '*/10', '28,29,30', '5/9');
    const weekday = day === '*' ? choose('*', '0', '7', 'mon-fri', '1,3', '5-7', '*/3') : '*';
    const fields = [
      choose('0', '*/15', '5,35', '10-20/5'),
      choose('*', '2', '9-17/4', '0,23'),
      day,
      choose('*', 'jan', '3-5', '*/4'),
      weekday,
    ];
    const cron = fields.join(' ');
    const classic = CronExpressionParser.parse(cron, { currentDate: start, tz: 'UTC' });
    const compiled = compileSpec(scheduleSpec.parse({ cron: [cron] }));
    const ours = fireTimesBetween(compiled, { start, end: new Date('2100-01-01T00:00:00Z'), limit: 15 });
    expect([cron, ...ours.fireTimes]).toEqual([cron, ...classic.take(15).map((time) => time.toDate().toISOString())]);
  }
});
