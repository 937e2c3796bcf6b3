/** Units of CloudWatch that we use. */
export type MetricUnit = 'Count' | 'Seconds' | 'Milliseconds' | 'Bytes';

/** A value, or a histogram: how often each value was seen. */
export type MetricValue = number | { values: readonly number[]; counts: readonly number[] };

export interface Metric {
  name: string;
  unit: MetricUnit;
  value: MetricValue;
}

/**
 * One line of CloudWatch's embedded metric format: written to a log, it becomes metrics without a call of any API.
 *
 * @param timestamp milliseconds since the epoch
 * @returns JSON without a line end; undefined when there are no metrics
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(
  namespace: string,
  dimensions: Readonly<Record<string, string>>,
  metrics: readonly Metric[],
  timestamp: number,
): string | undefined {
  if (metrics.length === 0) return undefined;
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, embeddedValue(value)])),
  });
}

function embeddedValue(value: MetricValue): unknown {
  return typeof value === 'number' ? value : { Values: value.values, Counts: value.counts };
}
