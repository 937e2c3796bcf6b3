import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import type { google, temporal } from '@temporalio/proto';
import type { ScheduleSummaryView, ScheduleView } from '../../domain/views.js';
import { keywordOf, keywordsOf } from '../payloads.js';
import type { LiveSchedule } from './live-schedule.js';

type ActionResult = temporal.api.schedule.v1.IScheduleActionResult;
type RecentRun = ScheduleSummaryView['recentRuns'][number];

export interface LiveExtras {
  /** What visibility knows of the latest runs, manual ones included, and how many are open. */
  runs: { recent: RecentRun[]; running: number };
  drift: ScheduleView['drift'];
}

export function toScheduleView(live: LiveSchedule, { runs, drift }: LiveExtras): ScheduleView {
  const { raw, state } = live;
  const { info } = raw;
  return {
    id: live.id,
    ...(live.definition?.description === undefined ? {} : { description: live.definition.description }),
    tags: keywordsOf(raw.searchAttributes?.indexedFields, 'AlmanacTags'),
    owner: live.owner ?? null,
    paused: state.paused,
    note: state.note,
    nextFireTimes: state.paused ? [] : instants(info?.futureActionTimes),
    recentRuns: mergeRuns(runs.recent, recentRuns(info?.recentActions)),
    definition: live.applied ?? null,
    owned: live.applied !== undefined,
    drift,
    counts: {
      actions: Number(info?.actionCount ?? 0),
      missedCatchupWindow: Number(info?.missedCatchupWindow ?? 0),
      skippedOverlap: Number(info?.overlapSkipped ?? 0),
      running: Math.max(runs.running, info?.runningWorkflows?.length ?? 0),
    },
  };
}

export function toScheduleSummary(
  entry: temporal.api.schedule.v1.IScheduleListEntry,
  description: string | undefined,
): ScheduleSummaryView {
  const fields = entry.searchAttributes?.indexedFields;
  return {
    id: entry.scheduleId ?? '',
    ...(description === undefined ? {} : { description }),
    tags: keywordsOf(fields, 'AlmanacTags'),
    owner: keywordOf(fields, 'AlmanacOwner') ?? null,
    paused: entry.info?.paused ?? false,
    note: entry.info?.notes ?? '',
    nextFireTimes: entry.info?.paused ? [] : instants(entry.info?.futureActionTimes),
    recentRuns: mergeRuns([], recentRuns(entry.info?.recentActions)),
  };
}

function instants(times: google.protobuf.ITimestamp[] | null | undefined): string[] {
  return (times ?? []).map((time) => optionalTsToDate(time)?.toISOString()).filter((time) => time !== undefined);
}

function recentRuns(actions: ActionResult[] | null | undefined): RecentRun[] {
  return (actions ?? []).flatMap(({ scheduleTime, actualTime, startWorkflowResult }) => {
    const [scheduled, started] = [optionalTsToDate(scheduleTime), optionalTsToDate(actualTime)];
    const { workflowId, runId } = startWorkflowResult ?? {};
    if (!scheduled || !started || !workflowId || !runId) return [];
    return [{ workflowId, runId, scheduledTime: scheduled.toISOString(), startTime: started.toISOString() }];
  });
}

/** Newest first, each run once, ten at most. */
function mergeRuns(...lists: RecentRun[][]): RecentRun[] {
  const byRunId = new Map(lists.flat().map((run) => [run.runId, run]));
  return [...byRunId.values()].sort((a, b) => b.startTime.localeCompare(a.startTime)).slice(0, 10);
}
