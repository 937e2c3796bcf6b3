import type { Client } from '@temporalio/client';
import { msNumberToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import { AlmanacError, type ErrorDetail } from '../../domain/errors.js';
import type { CompiledSpec } from '../../domain/spec/compiled-spec.js';
import { iterateFireTimes } from '../../domain/spec/fire-times.js';
import { callTemporal } from '../temporal-call.js';
import type { LiveSchedule } from './live-schedule.js';
import { specFromProto } from './spec-from-proto.js';

/** Far enough for two changes of the clock. */
const horizonMs = 400 * 86_400_000;
/** What a daily schedule fires in two weeks: less often would miss when a clock changes. */
const enough = 14;
const pagesAtMost = 8;
/** What one ListScheduleMatchingTimes returns at most (maxListMatchingTimesCount of server 1.31.2). */
const pageSize = 1_000;

/** A live schedule with its spec as the server compiled it, and how often it fires within the horizon by our rules. */
interface Witness {
  id: string;
  spec: CompiledSpec;
  count: number;
}

/**
 * A warning for each timezone whose rules the server has otherwise than this process, under the id of the schedule that showed
 * it. The server's compiled spec is given to our own rules and to ListScheduleMatchingTimes; all that can part the two is the
 * timezone. One schedule a timezone is asked about, with 1 to 8 calls.
 * @throws AlmanacError unavailable, throttled
 */
export async function timezoneWarnings(
  client: Client,
  schedules: readonly LiveSchedule[],
  now: Date,
): Promise<Map<string, ErrorDetail>> {
  const warnings = new Map<string, ErrorDetail>();
  for (const witness of witnesses(schedules, now)) {
    const parting = await firstParting(client, witness, now);
    if (parting !== undefined) warnings.set(witness.id, warningOf(witness.spec.timezone, parting));
  }
  return warnings;
}

/** One schedule a timezone: of those that fire often enough the one that fires least, so that few calls reach far. */
function witnesses(schedules: readonly LiveSchedule[], now: Date): Witness[] {
  const best = new Map<string, Witness>();
  for (const { id, raw } of schedules) {
    const spec = specFromProto(raw.schedule?.spec ?? {});
    // Intervals know no timezone, and of UTC there is one opinion.
    if (spec.timezone === 'UTC' || spec.calendars.length === 0) continue;
    const current = best.get(spec.timezone);
    if (current !== undefined && current.count >= enough && current.count <= pageSize) continue;
    const witness = { id, spec, count: ourTimes(spec, now).length };
    if (witness.count > 0 && (current === undefined || isBetter(witness, current))) best.set(spec.timezone, witness);
  }
  return [...best.values()];
}

function isBetter({ count }: Witness, other: Witness): boolean {
  return other.count < enough ? count > other.count : count >= enough && count < other.count;
}

function ourTimes(spec: CompiledSpec, now: Date): number[] {
  const times: number[] = [];
  try {
    for (const time of iterateFireTimes(spec, now)) {
      if (time.getTime() > now.getTime() + horizonMs || times.length > pagesAtMost * pageSize) break;
      times.push(time.getTime());
    }
  } catch (error) {
    // Skips that leave nothing for very long: there is nothing to compare.
    if (!(error instanceof AlmanacError && error.code === 'over-cap')) throw error;
  }
  return times;
}

/** The first fire time that the two do not share; absent on the side that does not fire any more. */
interface Parting {
  ours?: number | undefined;
  server?: number | undefined;
}

async function firstParting(client: Client, { id, spec }: Witness, now: Date): Promise<Parting | undefined> {
  const ours = ourTimes(spec, now);
  const end = now.getTime() + horizonMs;
  let compared = 0;
  for (let page = 0, start = now.getTime(); page < pagesAtMost; page += 1) {
    const times = await matchingTimes(client, id, start, end);
    for (const server of times) {
      const own = ours[compared];
      // The server adds jitter here, and never beyond the next time.
      if (own === undefined || server < own || server > own + spec.jitter) return { ours: own, server };
      compared += 1;
    }
    const last = times.at(-1);
    if (times.length < pageSize || last === undefined) {
      return compared < ours.length ? { ours: ours[compared] } : undefined;
    }
    start = last;
  }
  return undefined;
}

async function matchingTimes(client: Client, id: string, start: number, end: number): Promise<number[]> {
  const { startTime } = await callTemporal(
    client,
    () =>
      client.workflowService.listScheduleMatchingTimes({
        namespace: client.options.namespace,
        scheduleId: id,
        startTime: msNumberToTs(start),
        endTime: msNumberToTs(end),
      }),
    { subject: `schedule ${id}` },
  );
  return (startTime ?? []).map((time) => optionalTsToMs(time) ?? 0);
}

function warningOf(timezone: string, { ours, server }: Parting): ErrorDetail {
  const say = (time: number | undefined) => (time === undefined ? 'no more' : `at ${new Date(time).toISOString()}`);
  const message = `the server's rules for ${timezone} are not those of this process (tzdata ${process.versions.tz}): here it fires ${say(ours)}, on the server ${say(server)}. The server decides; update the timezone data of whichever is older`;
  return { path: 'spec.timezone', message, value: timezone };
}
