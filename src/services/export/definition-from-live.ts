import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { checkDefinition } from '../../domain/definition/check.js';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { formatDuration } from '../../domain/duration.js';
import type { ExportGap, ExportView } from '../../domain/export/export-view.js';
import { compileSpec } from '../../domain/spec/compile-spec.js';
import { specFromCompiled } from '../../domain/spec/spec-from-compiled.js';
import { type Payloads, payloadsOf } from '../payloads.js';
import { type LivePolicies, readPolicies } from '../schedules/live-policies.js';
import type { LiveSchedule } from '../schedules/live-schedule.js';
import { scheduleToProto } from '../schedules/schedule-proto.js';
import { actionFromLive } from './action-from-live.js';
import { type LiveAction, present, readAction } from './live-action.js';
import { readSpec } from './live-spec.js';
import { withoutRefused } from './without-refused.js';

export interface ExportContext {
  client: Client;
  /** Task queue of actions that name none. */
  taskQueue: string;
}

type Raw = temporal.api.schedule.v1.ISchedule;

/**
 * A definition that says what is live. Of a schedule of ours each part (spec, policies, action) stays as it was written while
 * it is still what is live; all else is made from the compiled form, which is all that the server gives back.
 */
export async function definitionFromLive(context: ExportContext, live: LiveSchedule): Promise<ExportView> {
  const payloads = payloadsOf(context.client);
  const raw = live.raw.schedule ?? {};
  const started = raw.action?.startWorkflow;
  if (!started) {
    const message = 'the schedule starts no workflow';
    return { id: live.id, definition: null, source: 'live', gaps: [{ path: 'action', message, kept: false }] };
  }
  const gaps: ExportGap[] = keptGaps(live);
  const now = {
    spec: readSpec(raw.spec ?? {}, gaps),
    policies: readPolicies(raw.policies, gaps),
    action: await readAction(started, payloads, gaps),
  };
  const applied = await appliedParts(context, live, payloads);
  const stays = (part: keyof typeof now) => applied !== undefined && isDeepStrictEqual(applied[part], now[part]);
  if (live.definition?.id === live.id && stays('spec') && stays('policies') && stays('action')) {
    return { id: live.id, definition: live.definition, source: 'applied', gaps };
  }
  const before: Partial<ScheduleDefinition> = live.definition ?? {};
  const made = {
    ...present('$schema', before.$schema),
    id: live.id,
    ...present('description', before.description ?? (await describedAs(started, payloads))),
    ...present('tags', before.tags),
    spec: stays('spec') ? before.spec : specFromCompiled(now.spec),
    ...present('policies', stays('policies') ? before.policies : policiesText(now.policies)),
    ...present('paused', live.definition === undefined ? raw.state?.paused || undefined : before.paused),
    action: stays('action') ? before.action : actionFromLive(now.action, live.id),
  };
  // Without one of its arguments a workflow would be started with others: that is worse than no file.
  if (gaps.some(({ path }) => path.startsWith('action.arguments'))) {
    return { id: live.id, definition: null, source: 'live', gaps };
  }
  const { definition, refused } = withoutRefused(made, checkDefinition);
  return { id: live.id, definition: definition ?? null, source: 'live', gaps: [...gaps, ...refused] };
}

interface Parts {
  spec: ReturnType<typeof readSpec>;
  policies: LivePolicies;
  action: LiveAction;
}

/** What the applied definition made of the schedule; undefined when it can't be told any more. */
async function appliedParts(
  { taskQueue }: ExportContext,
  live: LiveSchedule,
  payloads: Payloads,
): Promise<Parts | undefined> {
  if (live.definition === undefined) return undefined;
  let raw: Raw;
  try {
    raw = await scheduleToProto(live.definition, { payloads, owner: live.owner ?? '', taskQueue, state: live.state });
  } catch {
    // A workflow that is no longer registered, or an input that its schema now refuses.
    return undefined;
  }
  return {
    spec: compileSpec(live.definition.spec),
    policies: readPolicies(raw.policies, []),
    action: await readAction(raw.action?.startWorkflow ?? {}, payloads, []),
  };
}

function policiesText({ overlap, catchupWindow, pauseOnFailure }: LivePolicies) {
  return { overlap, catchupWindow: formatDuration(catchupWindow), ...(pauseOnFailure ? { pauseOnFailure } : {}) };
}

/** What people read in Temporal's UI. */
async function describedAs(
  { userMetadata }: temporal.api.workflow.v1.INewWorkflowExecutionInfo,
  payloads: Payloads,
): Promise<string | undefined> {
  for (const payload of [userMetadata?.details, userMetadata?.summary]) {
    const text = payload ? await payloads.decodeFirst([payload]).catch(() => undefined) : undefined;
    if (typeof text === 'string' && text !== '') return text;
  }
  return undefined;
}

/** What belongs to the live schedule and not to its file. */
function keptGaps({ raw, definition }: LiveSchedule): ExportGap[] {
  const state = raw.schedule?.state;
  const gaps: ExportGap[] = [];
  if (state?.limitedActions) {
    const message = 'the count of remaining actions belongs to the live schedule';
    gaps.push({ path: 'remainingActions', message, value: Number(state.remainingActions ?? 0), kept: true });
  }
  if (Object.keys(raw.memo?.fields ?? {}).length > 0) {
    gaps.push({ path: 'memo', message: 'the memo of the schedule itself; a file has that of its runs', kept: true });
  }
  const names = Object.keys(raw.searchAttributes?.indexedFields ?? {}).filter(
    (name) => !/^(?:Almanac|Temporal)/.test(name),
  );
  if (names.length > 0) {
    const message = 'search attributes of the schedule itself; a file has those of its runs';
    gaps.push({ path: 'searchAttributes', message, value: names, kept: true });
  }
  if (definition === undefined && state?.notes) {
    gaps.push({ path: 'note', message: 'the note belongs to the live schedule', value: state.notes, kept: true });
  }
  return gaps;
}
