import type { Client } from '@temporalio/client';
import { msNumberToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import { expectedSlots, withDueTimes } from '../../domain/slots/expected-slots.js';
import { explainSlots } from '../../domain/slots/explain-slots.js';
import type { Era, ExpectedSlot, SchedulerLog, SlotFacts } from '../../domain/slots/slot-facts.js';
import type { SlotView } from '../../domain/slots/slot-view.js';
import type { LiveSchedule } from '../schedules/live-schedule.js';
import { readSchedulerLog } from './read-scheduler-log.js';
import { readSlotRuns } from './read-slot-runs.js';
import { rulesOf } from './schedule-rules.js';
import { startedActions } from './scheduler-events.js';

export interface SlotContext {
  client: Client;
  live: LiveSchedule;
  retention: number | undefined;
  now: number;
}

/** A page of slots, and how far it reaches: the end of the window when nothing is left. */
export async function listSlots(
  { client, live, retention, now }: SlotContext,
  { start, end, limit }: { start: number; end: Date; limit: number },
): Promise<{ items: SlotView[]; until: number }> {
  const { info, schedule } = live.raw;
  const createdAt = optionalTsToMs(info?.createTime) ?? 0;
  const today: Era = {
    from: optionalTsToMs(info?.updateTime) ?? createdAt,
    rules: await rulesOf(client, schedule ?? {}),
  };
  // How far a page reaches by the rules of today; by those of the time it may hold fewer, or end earlier.
  const window = { start, end: end.getTime(), limit };
  const reach = pageEnd(expectedSlots([today], createdAt, window), window.end);
  const log = withLatest(await readSchedulerLog(client, live.id, { start, end: Math.min(reach, now) }), today, live);
  const page = expectedSlots(log.eras, createdAt, { ...window, end: reach });
  const until = pageEnd(page, reach);
  const { runs, complete } = await runsFor(client, live.id, page.slots, log, now);
  const { state } = live;
  const limited = schedule?.state?.limitedActions === true;
  const facts: SlotFacts = {
    now,
    createdAt,
    paused: state.paused,
    note: state.note,
    counters: {
      overlapSkipped: Number(info?.overlapSkipped ?? 0),
      missedCatchupWindow: Number(info?.missedCatchupWindow ?? 0),
      bufferDropped: Number(info?.bufferDropped ?? 0),
      bufferSize: Number(info?.bufferSize ?? 0),
    },
    remainingActions: limited ? Number(schedule?.state?.remainingActions ?? 0) : undefined,
    log,
    runs,
    runsComplete: complete,
    retention,
  };
  const items = explainSlots(await withJitter(client, live, today, page.slots), facts);
  return { items, until };
}

/** The last time of a page that was cut off, else the end of its window. */
function pageEnd({ slots, truncated }: { slots: ExpectedSlot[]; truncated: boolean }, end: number): number {
  return truncated ? (slots.at(-1)?.time ?? end) : end;
}

/** What `describe` adds: the rules where no history is, and the latest runs. */
function withLatest(log: SchedulerLog, today: Era, live: LiveSchedule): SchedulerLog {
  return {
    ...log,
    eras: log.eras.length > 0 ? log.eras : [today],
    actions: [...log.actions, ...startedActions(live.raw.info?.recentActions, 'describe')],
  };
}

async function runsFor(client: Client, id: string, slots: readonly ExpectedSlot[], log: SchedulerLog, now: number) {
  const [first, last] = [slots[0]?.time, slots.at(-1)?.time];
  if (first === undefined || last === undefined || first > now) return { runs: [], complete: true };
  // After an outage runs start long after their time: when the scheduler came to it.
  const until = Math.min(log.looks.find((look) => look >= last) ?? now, now) + 60_000;
  return readSlotRuns(client, id, { from: first, to: last, until });
}

/** The server alone knows what jitter it gives each fire, and tells for the spec of today. */
async function withJitter(
  client: Client,
  { id, raw }: LiveSchedule,
  { from }: Era,
  slots: ExpectedSlot[],
): Promise<ExpectedSlot[]> {
  const [first, last] = [slots[0], slots.at(-1)];
  const jitter = optionalTsToMs(raw.schedule?.spec?.jitter) ?? 0;
  if (first === undefined || last === undefined || jitter === 0) return slots;
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({
    namespace: client.options.namespace,
    scheduleId: id,
    startTime: msNumberToTs(first.time - 1),
    endTime: msNumberToTs(last.time + jitter),
  });
  const since = slots.findIndex(({ time }) => time > from);
  if (since === -1) return slots;
  const due = (startTime ?? []).map((time) => optionalTsToMs(time) ?? 0);
  return [...slots.slice(0, since), ...withDueTimes(slots.slice(since), due)];
}
