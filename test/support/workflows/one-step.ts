import {
  ActivityCancellationType,
  type ActivityOptions,
  ApplicationFailure,
  proxyActivities,
  upsertSearchAttributes,
} from '@temporalio/workflow';

export interface OneStepInput {
  uses: string;
  with: unknown;
  activityId?: string;
  options?: ActivityOptions;
}

/** Runs the activity of one step as the pipeline does, and hands back what it delivered or how it failed. */
export async function oneStep(input: OneStepInput): Promise<unknown> {
  upsertSearchAttributes({ AlmanacState: ['waiting'], AlmanacScheduleId: ['one-step'] });
  const activities = proxyActivities<Record<string, (call: unknown) => Promise<unknown>>>({
    activityId: input.activityId ?? 'load',
    scheduleToCloseTimeout: '60s',
    retry: { initialInterval: '200ms', maximumAttempts: 5 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    ...input.options,
  });
  const activity = activities[input.uses];
  if (activity === undefined) throw ApplicationFailure.nonRetryable(`no activity ${input.uses}`);
  return activity({
    scheduleId: 'one-step',
    stepId: input.activityId ?? 'load',
    scheduledTime: '2026-01-02T03:04:05.000Z',
    with: input.with,
  });
}
