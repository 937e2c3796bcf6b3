import { embeddedMetrics } from '../domain/fleet/emf.js';
import { metricsBetween, readTotals, type Totals } from '../domain/fleet/prometheus.js';

export interface MetricLogOptions {
  namespace: string;
  /** Deployment that the metrics belong to: their one dimension. */
  deployment: string;
  /** Where this worker's own metrics are served, on 127.0.0.1. */
  metricsPort: number;
  everyMs?: number;
  /** Writes a line; a failure to read the metrics is told and tried again. */
  write: (line: string) => void;
  warn: (error: unknown) => void;
}

/** Writes what the SDK measured in the last minute as metrics of CloudWatch, without an agent or a call of its API. */
export function startMetricLog(options: MetricLogOptions): { stop(): Promise<void> } {
  const { namespace, deployment, metricsPort, everyMs = 60_000, write, warn } = options;
  let last: Totals = new Map();
  const writeOnce = async (): Promise<void> => {
    try {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { signal: AbortSignal.timeout(5_000) });
      const totals = readTotals(await answer.text());
      const metrics = metricsBetween(last, totals);
      last = totals;
      const line = embeddedMetrics(namespace, { Deployment: deployment }, metrics, Date.now());
      if (line !== undefined) write(line);
    } catch (error) {
      warn(error);
    }
  };
  const timer = setInterval(() => void writeOnce(), everyMs);
  timer.unref();
  return {
    /** The last part of a minute counts too. */
    async stop() {
      clearInterval(timer);
      await writeOnce();
    },
  };
}
