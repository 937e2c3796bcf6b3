import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNamespace, prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';

/** Names that src/deploy/fleet and src/worker/metric-log write. */
export type PlatformMetric =
  | 'Backlog'
  | 'BacklogAge'
  | 'BacklogPerTask'
  | 'RunningTasks'
  | 'RunsOpen'
  | 'RunsCompleted'
  | 'RunsFailed'
  | 'RunsTimedOut'
  | 'RunsTerminated'
  | 'RunsCanceled'
  | 'MissedFires'
  | 'ActivityScheduleToStart'
  | 'WorkflowTaskScheduleToStart'
  | 'AttemptsFailed'
  | 'WorkflowTasksFailed'
  | 'RequestsFailed';

/** A metric of this deployment. */
export function platformMetric(settings: Settings, metricName: PlatformMetric, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName,
    dimensionsMap: { Deployment: prefixOf(settings) },
    statistic: Stats.SUM,
    period: Duration.minutes(5),
    label: metricName,
    ...options,
  });
}
