import type { Client } from '@temporalio/client';
import { msNumberToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { ScheduleSpec } from '../../domain/definition/spec.js';
import { AlmanacError } from '../../domain/errors.js';
import { compileSpec } from '../../domain/spec/compile-spec.js';
import { fireTimesBetween } from '../../domain/spec/fire-times.js';
import type { FireTimesView } from '../../domain/views.js';
import { describeLive } from './live-schedule.js';

export interface FireTimeQuery {
  /** Exclusive. */
  start: Date;
  /** Inclusive. */
  end: Date;
  limit: number;
}

/** What one ListScheduleMatchingTimes returns at most (maxListMatchingTimesCount of server 1.31.2). */
const serverPage = 1_000;

/**
 * Fire times of a stored schedule, asked of the server, which is the judge. It adds jitter to them; those of a schedule
 * with jitter are therefore computed from the definition that was applied, by rules equal to the server's.
 */
export async function storedFireTimes(client: Client, id: string, query: FireTimeQuery): Promise<FireTimesView> {
  checkWindow(query);
  const live = await describeLive(client, id);
  const jitter = optionalTsToMs(live.raw.schedule?.spec?.jitter) ?? 0;
  if (jitter > 0 && live.definition !== undefined) return unsavedFireTimes(live.definition.spec, query);
  const times: number[] = [];
  // One more than asked for tells whether there are more.
  for (let start = query.start.getTime(); times.length <= query.limit; ) {
    const { startTime } = await client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: id,
      startTime: msNumberToTs(start),
      endTime: msNumberToTs(query.end.getTime()),
    });
    const page = (startTime ?? []).map((time) => optionalTsToMs(time) ?? 0);
    times.push(...page);
    const last = page.at(-1);
    if (page.length < serverPage || last === undefined || last <= start) break;
    start = last;
  }
  return {
    fireTimes: times.slice(0, query.limit).map((time) => new Date(time).toISOString()),
    truncated: times.length > query.limit,
  };
}

/** Fire times of a definition that is stored nowhere. */
export function unsavedFireTimes(spec: ScheduleSpec, query: FireTimeQuery): FireTimesView {
  checkWindow(query);
  return fireTimesBetween(compileSpec(spec), query);
}

/** A leap day that is a Monday comes every 28 years. */
const longestYears = 30;

function checkWindow({ start, end }: FireTimeQuery): void {
  if (end < start) {
    throw new AlmanacError('invalid-input', 'the end of the fire times is before their start', {
      details: [{ path: 'end', message: `must not be before ${start.toISOString()}`, value: end.toISOString() }],
    });
  }
  const latest = new Date(start);
  latest.setUTCFullYear(latest.getUTCFullYear() + longestYears);
  if (end <= latest) return;
  throw new AlmanacError('over-cap', `fire times are given for at most ${longestYears} years at once`, {
    details: [
      {
        path: 'end',
        message: `at most ${latest.toISOString()}; ask for the rest separately`,
        value: end.toISOString(),
      },
    ],
  });
}
