import { describe, expect, it } from 'vitest';
import { embeddedMetrics } from '../../../src/domain/fleet/emf.js';
import { metricsBetween, readTotals } from '../../../src/domain/fleet/prometheus.js';

const page = (fast: number, slow: number, failed: number) =>
  [
    '# TYPE temporal_activity_schedule_to_start_latency histogram',
    `temporal_activity_schedule_to_start_latency_bucket{task_queue="a",le="50"} ${fast}`,
    `temporal_activity_schedule_to_start_latency_bucket{task_queue="b",le="50"} 0`,
    `temporal_activity_schedule_to_start_latency_bucket{task_queue="a",le="1000"} ${fast + slow}`,
    `temporal_activity_schedule_to_start_latency_bucket{task_queue="a",le="+Inf"} ${fast + slow + 1}`,
    `temporal_activity_execution_failed{activity_type="s3.copy",le_x="5"} ${failed}`,
    'temporal_sticky_cache_size 7',
    'temporal_long_request 99',
  ].join('\n');

describe('metrics of a worker', () => {
  it('are what happened since the last reading', () => {
    const metrics = metricsBetween(readTotals(page(10, 2, 4)), readTotals(page(15, 2, 9)));
    expect(Object.fromEntries(metrics.map(({ name, value }) => [name, value]))).toEqual({
      ActivityScheduleToStart: { values: [50], counts: [5] },
      AttemptsFailed: 5,
      WorkflowTasksFailed: 0,
      RequestsFailed: 0,
      RunsCached: 7,
    });
  });

  it('spread a histogram over its bounds, and what lies above the last one falls on it', () => {
    const [first] = metricsBetween(new Map(), readTotals(page(3, 2, 0)));
    expect(first).toMatchObject({
      name: 'ActivityScheduleToStart',
      value: { values: [50, 1000, 1000], counts: [3, 2, 1] },
    });
  });
});

describe('embeddedMetrics', () => {
  it('is one line that names each metric, its unit and its dimension', () => {
    const line = embeddedMetrics(
      'Almanac',
      { Deployment: 'almanac' },
      [{ name: 'Backlog', unit: 'Count', value: 3 }],
      17,
    );
    expect(line).not.toContain('\n');
    expect(JSON.parse(line ?? '')).toEqual({
      _aws: {
        Timestamp: 17,
        CloudWatchMetrics: [
          { Namespace: 'Almanac', Dimensions: [['Deployment']], Metrics: [{ Name: 'Backlog', Unit: 'Count' }] },
        ],
      },
      Deployment: 'almanac',
      Backlog: 3,
    });
  });

  it('is nothing when there is nothing to tell', () => {
    expect(embeddedMetrics('Almanac', {}, [], 17)).toBeUndefined();
  });
});
