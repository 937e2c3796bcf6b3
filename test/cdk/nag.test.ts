import { Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { loadScheduleSet } from '../../cdk/schedules/load-schedule-set.js';
import { type Mode, modes, settingsOf, synth } from './support/synth.js';

const everything = {
  buckets: [{ name: 'orders-raw', access: 'read' }],
  mail: { from: 'almanac@example.com' },
  alarms: { email: 'ops@example.com' },
};

describe('cdk-nag, AwsSolutions', () => {
  it.each(Object.keys(modes) as Mode[])('finds nothing with %s Temporal', async (mode) => {
    const schedules = await loadScheduleSet('schedules');
    expect(() => synth(settingsOf(mode, everything), { schedules })).not.toThrow();
  });

  it('finds what breaks a rule', () => {
    const careless = () =>
      synth(settingsOf('existing'), { profile: 'emulator' }, (app) => {
        new Topic(new Stack(app, 'Careless'), 'Topic');
      });
    expect(careless).toThrow(/AwsSolutions-SNS3/);
  });
});
