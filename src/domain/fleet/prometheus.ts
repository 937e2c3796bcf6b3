import type { Metric, MetricUnit } from './emf.js';

/** What a worker's Prometheus page says, as far as it becomes metrics of CloudWatch: totals since the worker began. */
export type Totals = ReadonlyMap<string, number>;

interface Wanted {
  metric: string;
  unit: MetricUnit;
  /** Prometheus' own name. */
  source: string;
  kind: 'counter' | 'gauge' | 'histogram';
}

/** Measurements of the SDK's core, whose latencies are in milliseconds: https://docs.temporal.io/references/sdk-metrics */
const wanted: readonly Wanted[] = [
  {
    metric: 'ActivityScheduleToStart',
    unit: 'Milliseconds',
    source: 'temporal_activity_schedule_to_start_latency',
    kind: 'histogram',
  },
  {
    metric: 'WorkflowTaskScheduleToStart',
    unit: 'Milliseconds',
    source: 'temporal_workflow_task_schedule_to_start_latency',
    kind: 'histogram',
  },
  { metric: 'AttemptsFailed', unit: 'Count', source: 'temporal_activity_execution_failed', kind: 'counter' },
  { metric: 'WorkflowTasksFailed', unit: 'Count', source: 'temporal_workflow_task_execution_failed', kind: 'counter' },
  { metric: 'RequestsFailed', unit: 'Count', source: 'temporal_request_failure', kind: 'counter' },
  { metric: 'RunsCached', unit: 'Count', source: 'temporal_sticky_cache_size', kind: 'gauge' },
];

/**
 * Totals by series: those of the same name and upper bound (`le`) are added up over their other labels. Lines that are not wanted or
 * not numbers are left out.
 */
export function readTotals(page: string): Totals {
  const totals = new Map<string, number>();
  for (const line of page.split('\n')) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)/.exec(line);
    const value = Number(match?.[3]);
    if (match?.[1] === undefined || !Number.isFinite(value) || !isWanted(match[1])) continue;
    const bound = /(?:^|,)le="([^"]+)"/.exec(match[2] ?? '')?.[1];
    const key = bound === undefined ? match[1] : `${match[1]} ${bound}`;
    totals.set(key, (totals.get(key) ?? 0) + value);
  }
  return totals;
}

function isWanted(name: string): boolean {
  return wanted.some(({ source }) => name === source || name === `${source}_total` || name === `${source}_bucket`);
}

/** What happened between two readings. A histogram's value is the upper bound of the bucket that it fell into. */
export function metricsBetween(before: Totals, after: Totals): Metric[] {
  return wanted.flatMap(({ metric, unit, source, kind }): Metric[] => {
    if (kind === 'histogram') {
      const value = histogramBetween(before, after, `${source}_bucket`);
      return value === undefined ? [] : [{ name: metric, unit, value }];
    }
    const key = [source, `${source}_total`].find((name) => after.has(name));
    const now = key === undefined ? 0 : (after.get(key) ?? 0);
    return [{ name: metric, unit, value: kind === 'gauge' || key === undefined ? now : now - (before.get(key) ?? 0) }];
  });
}

/** Prometheus counts everything up to a bound; CloudWatch wants how often each value came. */
function histogramBetween(before: Totals, after: Totals, name: string) {
  const bounds = [...after.keys()]
    .filter((key) => key.startsWith(`${name} `))
    .map((key) => ({ key, bound: Number(key.slice(name.length + 1).replace('+Inf', 'Infinity')) }))
    .sort((a, b) => a.bound - b.bound);
  const values: number[] = [];
  const counts: number[] = [];
  let below = 0;
  let highest = 0;
  for (const { key, bound } of bounds) {
    const upTo = (after.get(key) ?? 0) - (before.get(key) ?? 0);
    // What lies above the last bound is at least as much.
    highest = Number.isFinite(bound) ? bound : highest;
    if (upTo > below) {
      values.push(highest);
      counts.push(upTo - below);
    }
    below = upTo;
  }
  return values.length === 0 ? undefined : { values, counts };
}
