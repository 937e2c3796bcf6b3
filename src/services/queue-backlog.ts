import type { Client } from '@temporalio/client';

export interface Backlog {
  /** Tasks that wait, of workflows and activities together. */
  tasks: number;
  /** Of the oldest of them. */
  ageSeconds: number;
}

/** `temporal.api.enums.v1.TaskQueueType`: workflow, activity. */
const queueTypes = [1, 2];

/** What waits in a task queue, over all versions of the workers. */
export async function readBacklog({ workflowService, options }: Client, taskQueue: string): Promise<Backlog> {
  const answers = await Promise.all(
    queueTypes.map((taskQueueType) =>
      workflowService.describeTaskQueue({
        namespace: options.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType,
        reportStats: true,
      }),
    ),
  );
  const stats = answers.flatMap(({ stats }) => (stats ? [stats] : []));
  return {
    tasks: stats.reduce((sum, { approximateBacklogCount }) => sum + numberOf(approximateBacklogCount), 0),
    ageSeconds: Math.max(
      0,
      ...stats.map(({ approximateBacklogAge: age }) => numberOf(age?.seconds) + (age?.nanos ?? 0) / 1e9),
    ),
  };
}

function numberOf(value: { toString(): string } | null | undefined): number {
  return value === null || value === undefined ? 0 : Number(value);
}
