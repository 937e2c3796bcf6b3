import type { Client } from '@temporalio/client';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import type { DesiredSchedule, ListedSchedule, ScheduleDetail } from '../../domain/plan/plan-input.js';
import { definitionDigest } from '../schedules/definition-digest.js';
import { findLive, type LiveSchedule } from '../schedules/live-schedule.js';
import { formOfDefinition, formOfLive } from '../schedules/schedule-form.js';
import { callTemporal } from '../temporal-call.js';
import { mapAtMost } from './at-most.js';
import { listOwned } from './list-owned.js';
import { pastDurations } from './past-durations.js';

export interface ReadContext {
  client: Client;
  taskQueue: string;
  owner: string;
}

export interface ReadOptions {
  prune: boolean | readonly string[];
  /** Describe every schedule. */
  deep: boolean;
  /** Describe also what the list does not have: it may be somebody else's, or too new to be listed. */
  confirmMissing: boolean;
  /** Ask how long past runs took. */
  durations: boolean;
}

/** What a plan is made from, and the live schedules that were described on the way, by id. */
export interface ReadPlan {
  desired: DesiredSchedule[];
  live: ListedSchedule[];
  described: Map<string, LiveSchedule>;
}

const describedAtOnce = 10;
const describeDeadlineMs = 15_000;
/** Schedules whose past runs are asked for: visibility allows few queries a second on large namespaces. */
const durationsAtMost = 50;

/** Reads as little as tells what differs: a page list, and a describe for what does. */
export async function readPlan(
  context: ReadContext,
  definitions: readonly ScheduleDefinition[],
  options: ReadOptions,
): Promise<ReadPlan> {
  const { client, owner } = context;
  const listed = await listOwned(client, owner);
  const wanted = new Map<string, DesiredSchedule>(
    definitions.map((definition) => [definition.id, { definition, digest: definitionDigest(definition) }]),
  );
  const ids = [
    ...[...wanted.values()].filter((schedule) => needsDescribe(schedule, listed, options)).map((s) => s.definition.id),
    ...[...listed.keys()].filter((id) => !wanted.has(id) && isPruned(id, options.prune)),
  ];
  const found = await mapAtMost(describedAtOnce, ids, (id) => find(client, id));
  const described = new Map(found.flatMap((live) => (live === undefined ? [] : [[live.id, live] as const])));
  let asked = 0;
  const details = await mapAtMost(describedAtOnce, [...described.values()], async (live) => {
    const desired = wanted.get(live.id);
    const durations = options.durations && desired !== undefined && desired.digest !== live.digest;
    if (durations) asked += 1;
    return readDetail(context, live, desired, durations && asked <= durationsAtMost);
  });
  for (const id of ids) listed.delete(id);
  for (const { desired } of details) if (desired !== undefined) wanted.set(desired.definition.id, desired);
  return { desired: [...wanted.values()], live: [...listed.values(), ...details.map(({ live }) => live)], described };
}

function needsDescribe(
  { definition, digest }: DesiredSchedule,
  listed: ReadonlyMap<string, ListedSchedule>,
  { deep, confirmMissing }: ReadOptions,
): boolean {
  const known = listed.get(definition.id);
  if (known === undefined) return confirmMissing || deep;
  return deep || known.digest !== digest;
}

function isPruned(id: string, prune: ReadOptions['prune']): boolean {
  return typeof prune === 'boolean' ? prune : prune.includes(id);
}

/** @throws AlmanacError unavailable, throttled */
export async function find(client: Client, id: string): Promise<LiveSchedule | undefined> {
  return callTemporal(client, () => findLive(client, id), {
    subject: `schedule ${id}`,
    deadlineMs: describeDeadlineMs,
  });
}

/** One described schedule as the plan takes it; the desired one gets its form for the comparison. */
export async function readDetail<D extends DesiredSchedule | undefined>(
  { client, taskQueue }: ReadContext,
  live: LiveSchedule,
  desired: D,
  withDurations: boolean,
): Promise<{ live: ListedSchedule; desired: D }> {
  const { id, owner, digest, state, applied, definition } = live;
  const form = desired && (await formOrNothing(client, desired.definition, taskQueue));
  const appliedForm = definition && desired && (await formOrNothing(client, definition, taskQueue));
  const detail: ScheduleDetail = {
    form: await formOfLive(client, live),
    state,
    applied,
    ...(appliedForm === undefined ? {} : { appliedForm }),
    ...(withDurations ? { durations: await callTemporal(client, () => pastDurations(client, id)) } : {}),
  };
  return {
    live: { id, owner, digest, detail },
    desired: desired && form ? { ...desired, form } : desired,
  };
}

/** A definition whose workflow refuses its input has no form; to apply it is what fails, with all the faults. */
async function formOrNothing(client: Client, definition: ScheduleDefinition, taskQueue: string) {
  try {
    return await formOfDefinition(client, definition, taskQueue);
  } catch (error) {
    if (error instanceof AlmanacError) return undefined;
    throw error;
  }
}
