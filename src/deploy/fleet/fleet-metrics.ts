import type { Metric } from '../../domain/fleet/emf.js';
import type { Backlog } from '../../services/queue-backlog.js';
import type { RunCounts } from '../../services/run-counts.js';

/** Statuses of ended runs, each a metric: `RunsCompleted`, … Zeros too, or an alarm would wait for data that never comes. */
const ended = ['Completed', 'Failed', 'TimedOut', 'Terminated', 'Canceled'] as const;

export interface FleetFigures {
  backlog: Backlog;
  runningTasks: number;
  runs: RunCounts;
  /** Over all schedules since each was made; undefined in the minutes in which it is not counted. */
  missedFires: number | undefined;
}

/** What the dashboard, the alarms and the scaling see of the platform. */
export function fleetMetrics({ backlog, runningTasks, runs, missedFires }: FleetFigures): Metric[] {
  const count = (name: string, value: number): Metric => ({ name, unit: 'Count', value });
  return [
    count('Backlog', backlog.tasks),
    { name: 'BacklogAge', unit: 'Seconds', value: backlog.ageSeconds },
    count('BacklogPerTask', backlog.tasks / Math.max(1, runningTasks)),
    count('RunningTasks', runningTasks),
    count('RunsOpen', runs.Running ?? 0),
    ...ended.map((status) => count(`Runs${status}`, runs[status] ?? 0)),
    ...(missedFires === undefined ? [] : [count('MissedFires', missedFires)]),
  ];
}
