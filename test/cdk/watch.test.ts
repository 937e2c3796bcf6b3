import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { fleetMetrics } from '../../src/deploy/fleet/fleet-metrics.js';
import { metricsBetween, readTotals } from '../../src/domain/fleet/prometheus.js';
import { settingsOf, synth, templateOf } from './support/synth.js';

let template: Template;

beforeAll(() => {
  template = templateOf(synth(settingsOf('existing', { alarms: { email: 'ops@example.com' } })), 'AlmanacWatch');
});

const alarms = () =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);

describe('alarms', () => {
  it('all call the topic, which mails, when something happens and when it is over', () => {
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    for (const alarm of alarms()) {
      expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
      expect(alarm.OKActions).toEqual([{ Ref: topic }]);
    }
    expect(
      alarms()
        .map(({ AlarmName }) => AlarmName)
        .sort(),
    ).toEqual([
      'almanac-ApiErrors',
      'almanac-BacklogAge',
      'almanac-CallbackErrors',
      'almanac-FailedRuns',
      'almanac-MissedFires',
      'almanac-NoWorkers',
    ]);
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' });
  });

  it('silence is a fault where it means that nobody measures', () => {
    const noWorkers = alarms().find(({ AlarmName }) => AlarmName === 'almanac-NoWorkers');
    expect(noWorkers).toMatchObject({ TreatMissingData: 'breaching', ComparisonOperator: 'LessThanThreshold' });
    const missed = alarms().find(({ AlarmName }) => AlarmName === 'almanac-MissedFires');
    expect(missed?.TreatMissingData).toBe('notBreaching');
  });

  it('CloudWatch may use the key of the topic', () => {
    template.hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          }),
        ]),
      },
    });
  });
});

it('every metric of ours that is looked at is written by the fleet or by a worker', () => {
  const figures = { backlog: { tasks: 0, ageSeconds: 0 }, runningTasks: 1, runs: {}, missedFires: 0 };
  const page = ['activity', 'workflow_task']
    .map((kind) => `temporal_${kind}_schedule_to_start_latency_bucket{le="50"} 1`)
    .join('\n');
  const written = [...fleetMetrics(figures), ...metricsBetween(new Map(), readTotals(page))].map(({ name }) => name);
  const text = JSON.stringify(template.toJSON());
  const looked = new Set([...text.matchAll(/Almanac\\+",\\+"([A-Za-z]+)\\+"/g)].map(([, name]) => name));
  for (const alarm of alarms()) {
    for (const metric of [
      alarm,
      ...(alarm.Metrics ?? []).map((each: { MetricStat?: { Metric: unknown } }) => each.MetricStat?.Metric ?? {}),
    ]) {
      if (metric.Namespace === 'Almanac' && !metric.MetricName.startsWith('CallbackAnswers'))
        looked.add(metric.MetricName);
    }
  }
  expect(looked.size).toBeGreaterThan(8);
  expect([...looked].filter((name) => name !== undefined && !written.includes(name))).toEqual([]);
});

it('answers to callbacks are counted by route and class, never by path', () => {
  const filters = Object.values(template.findResources('AWS::Logs::MetricFilter')).map(({ Properties }) => Properties);
  expect(filters).toHaveLength(4);
  for (const { FilterPattern } of filters) expect(FilterPattern).toMatch(/^\{ \$\.route = "\*\/v1\/callbacks\/\*" && /);
});
