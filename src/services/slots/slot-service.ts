import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { AlmanacError } from '../../domain/errors.js';
import type { SlotView } from '../../domain/slots/slot-view.js';
import type { ListView } from '../../domain/views.js';
import { decodePageToken, encodePageToken } from '../page-token.js';
import { describeLive } from '../schedules/live-schedule.js';
import { callTemporal } from '../temporal-call.js';
import { listSlots } from './list-slots.js';

export interface SlotQuery {
  /** Exclusive, as for fire times. */
  start: Date;
  /** Inclusive. */
  end: Date;
  limit: number;
  pageToken?: string | undefined;
}

export interface SlotService {
  /**
   * Every expected fire of a schedule in a window, what became of it, and how that is known; oldest first.
   * @throws AlmanacError not-found, invalid-input, over-cap, unavailable
   */
  list(scheduleId: string, query: SlotQuery): Promise<ListView<SlotView>>;
}

const longestWindowMs = 366 * 24 * 3_600_000;
/** Histories and visibility are read page by page, so this takes longer than most. */
const deadlineMs = 15_000;

export function createSlotService({ client, now = Date.now }: { client: Client; now?: () => number }): SlotService {
  let retention: number | undefined;
  return {
    list(scheduleId, query) {
      checkWindow(query);
      const start = startOf(query);
      const use = async () => {
        const live = await describeLive(client, scheduleId);
        // Not worth a failure: without it an old slot is unknown all the same.
        retention ??= await readRetention(client).catch(() => undefined);
        const { items, until } = await listSlots({ client, live, retention, now: now() }, { ...query, start });
        if (until >= query.end.getTime()) return { items };
        return { items, nextPageToken: encodePageToken({ server: Buffer.from(String(until)), skip: 0 }) };
      };
      return callTemporal(client, use, { subject: `schedule ${scheduleId}`, deadlineMs });
    },
  };
}

async function readRetention(client: Client): Promise<number | undefined> {
  const { config } = await client.workflowService.describeNamespace({ namespace: client.options.namespace });
  return optionalTsToMs(config?.workflowExecutionRetentionTtl);
}

function checkWindow({ start, end }: SlotQuery): void {
  const details = (message: string) => [{ path: 'end', message, value: end.toISOString() }];
  if (end < start) {
    throw new AlmanacError('invalid-input', 'the end of the slots is before their start', {
      details: details(`must not be before ${start.toISOString()}`),
    });
  }
  if (end.getTime() - start.getTime() > longestWindowMs) {
    throw new AlmanacError('over-cap', 'slots are listed for 366 days at a time: ask for a shorter time', {
      details: details(`at most ${new Date(start.getTime() + longestWindowMs).toISOString()}`),
    });
  }
}

/** The token is the last time of the page before. */
function startOf({ start, end, pageToken }: SlotQuery): number {
  if (pageToken === undefined) return start.getTime();
  const time = Number(Buffer.from(decodePageToken(pageToken).server).toString('utf8'));
  if (Number.isSafeInteger(time) && time >= start.getTime() && time <= end.getTime()) return time;
  throw new AlmanacError('invalid-input', 'the page token is not of this list: start without it', {
    details: [{ path: 'pageToken', message: 'not a page token of these slots', value: pageToken }],
  });
}
