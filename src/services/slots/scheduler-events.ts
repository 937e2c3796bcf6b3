import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { z } from 'zod';
import { authorOf } from '../../domain/author-identity.js';
import type { SchedulerEvent } from '../../domain/slots/scheduler-event.js';
import type { StartedAction } from '../../domain/slots/slot-facts.js';
import { runStatusOf } from '../runs/run-summary.js';
import { overlapFromProto, rulesOf } from './schedule-rules.js';
import { readListInfo, readPatch, readStartArgs, readUpdate } from './scheduler-messages.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type ActionResult = temporal.api.schedule.v1.IScheduleActionResult;

/** Turns the history of one run of the scheduler into what it means, event by event in order. */
export class SchedulerEventReader {
  /** A look counts once its task is completed; a task that failed is done again later. */
  private taskStarted = 0;

  constructor(private readonly client: Client) {}

  /** @throws UnknownEncodingError */
  async read(event: HistoryEvent): Promise<SchedulerEvent[]> {
    const at = optionalTsToMs(event.eventTime) ?? 0;
    if (event.workflowTaskStartedEventAttributes) {
      this.taskStarted = at;
      return [];
    }
    if (event.workflowTaskCompletedEventAttributes) return [{ type: 'look', at: this.taskStarted }];
    if (event.workflowExecutionStartedEventAttributes) {
      return [await this.started(at, event.workflowExecutionStartedEventAttributes)];
    }
    if (event.workflowExecutionSignaledEventAttributes) {
      return this.signaled(at, event.workflowExecutionSignaledEventAttributes);
    }
    if (endOfScheduler.some((attributes) => event[attributes])) return [{ type: 'ended', at }];
    const memo = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields?.ScheduleInfo;
    if (memo) {
      const { paused, notes, recentActions } = readListInfo(memo);
      return [
        {
          type: 'state',
          at,
          paused: paused ?? false,
          note: notes ?? '',
          actions: startedActions(recentActions, 'scheduler history'),
        },
      ];
    }
    const failure = failedStart(event.markerRecordedEventAttributes);
    return failure === undefined ? [] : [{ type: 'start-failed', at: this.taskStarted, message: failure }];
  }

  private async started(
    at: number,
    attributes: temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes,
  ): Promise<SchedulerEvent> {
    const { schedule, info, conflictToken, lastProcessed } = readStartArgs(attributes.input);
    return {
      type: 'started',
      at,
      by: authorOf(attributes.identity),
      isCreation: lastProcessed === undefined,
      rulesSince: optionalTsToMs(info.updateTime) ?? optionalTsToMs(info.createTime) ?? at,
      rules: await rulesOf(this.client, schedule),
      paused: schedule.state?.paused ?? false,
      note: schedule.state?.notes ?? '',
      // The first run sets it to 1 itself.
      conflictToken: lastProcessed === undefined ? 1 : conflictToken,
      limitedActions: schedule.state?.limitedActions ?? false,
      actions: startedActions(info.recentActions, 'scheduler history'),
    };
  }

  private async signaled(
    at: number,
    { signalName, input, identity }: temporal.api.history.v1.IWorkflowExecutionSignaledEventAttributes,
  ): Promise<SchedulerEvent[]> {
    const by = authorOf(identity);
    if (signalName === 'update') {
      const { schedule, conflictToken } = readUpdate(input);
      const { paused, notes, limitedActions } = schedule.state ?? {};
      const rules = await rulesOf(this.client, schedule);
      const state = { paused: paused ?? false, note: notes ?? '', limitedActions: limitedActions ?? false };
      return [{ type: 'update', at, by, rules, conflictToken, ...state }];
    }
    if (signalName !== 'patch') return [];
    const { triggerImmediately, backfillRequest, pause, unpause } = readPatch(input);
    const events: SchedulerEvent[] = [];
    if (triggerImmediately) {
      const overlap = overlapFromProto(triggerImmediately.overlapPolicy);
      events.push({ type: 'trigger', at, by, time: optionalTsToMs(triggerImmediately.scheduledTime) ?? at, overlap });
    }
    for (const { startTime, endTime, overlapPolicy } of backfillRequest ?? []) {
      const [from, to] = [optionalTsToMs(startTime) ?? 0, optionalTsToMs(endTime) ?? 0];
      events.push({ type: 'backfill', at, by, from, to, overlap: overlapFromProto(overlapPolicy) });
    }
    if (pause) events.push({ type: 'pause', at, by, note: pause });
    if (unpause) events.push({ type: 'unpause', at, by, note: unpause });
    return events;
  }
}

export function startedActions(
  results: ActionResult[] | null | undefined,
  source: StartedAction['source'],
): StartedAction[] {
  return (results ?? []).flatMap(({ actualTime, startWorkflowResult, startWorkflowStatus }) => {
    const startTime = optionalTsToMs(actualTime);
    const { workflowId, runId } = startWorkflowResult ?? {};
    if (startTime === undefined || !workflowId || !runId) return [];
    return [{ workflowId, runId, startTime, status: runStatusOf(startWorkflowStatus) ?? null, source }];
  });
}

/** All but continuing as new: the server moved the schedule to another kind of scheduler, or somebody ended it. */
const endOfScheduler = [
  'workflowExecutionCompletedEventAttributes',
  'workflowExecutionFailedEventAttributes',
  'workflowExecutionTimedOutEventAttributes',
  'workflowExecutionTerminatedEventAttributes',
  'workflowExecutionCanceledEventAttributes',
] as const;

const markerData = z.object({ ActivityType: z.string() });

/** The scheduler starts runs by a local activity, whose outcome is a marker. */
function failedStart(
  marker: temporal.api.history.v1.IMarkerRecordedEventAttributes | null | undefined,
): string | undefined {
  if (marker?.markerName !== 'LocalActivity' || !marker.failure) return undefined;
  const [data] = marker.details?.data?.payloads ?? [];
  const parsed = markerData.safeParse(data?.data ? parseJson(new TextDecoder().decode(data.data)) : undefined);
  // A throttled start is done again.
  const isRetried = marker.failure.applicationFailureInfo?.type === 'RateLimited';
  if (parsed.data?.ActivityType !== 'StartWorkflow' || isRetried) return undefined;
  return marker.failure.message ?? 'no message';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
