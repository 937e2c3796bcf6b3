import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import type { RunScope } from '../../domain/evaluate.js';
import type { PipelineInput } from '../../domain/pipeline.js';

const scheduledStartTime = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** `$run`: the nominal time is the schedule's (or the trigger's), never the time at which a late run really started. */
export function runScope(input: PipelineInput): RunScope {
  const info = workflowInfo();
  const scheduled = input.origin
    ? new Date(input.origin.scheduledTime)
    : (info.typedSearchAttributes.get(scheduledStartTime) ?? info.startTime);
  return {
    id: info.workflowId,
    scheduleId: input.scheduleId,
    scheduledTime: scheduled.toISOString(),
    date: dateIn(input.timezone, scheduled),
    backfillId: input.origin?.backfillId ?? null,
    trigger: input.origin?.trigger ?? 'schedule',
  };
}

/** `YYYY-MM-DD` of an instant in a timezone. */
function dateIn(timeZone: string, instant: Date): string {
  // The Swedish locale writes ISO dates.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    instant,
  );
}
