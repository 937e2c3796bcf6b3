import type { Client } from '@temporalio/client';

/** Schedules that are described at the same time. */
const atOnce = 10;

/**
 * Fires that became no run, over all schedules of the namespace since each was made: too late for the catchup window, or dropped from a
 * full buffer. The list does not tell, so that each schedule is described.
 */
export async function countMissedFires(client: Client): Promise<number> {
  const ids = await allScheduleIds(client);
  let missed = 0;
  const describeRest = async (): Promise<void> => {
    for (let scheduleId = ids.pop(); scheduleId !== undefined; scheduleId = ids.pop()) {
      missed += await missedBy(client, scheduleId);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, describeRest));
  return missed;
}

async function allScheduleIds({ workflowService, options: { namespace } }: Client): Promise<string[]> {
  const ids: string[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await workflowService.listSchedules({ namespace, maximumPageSize: 1000, nextPageToken });
    for (const { scheduleId } of page.schedules ?? []) if (scheduleId) ids.push(scheduleId);
    nextPageToken = page.nextPageToken;
  } while (nextPageToken !== undefined && nextPageToken !== null && nextPageToken.length > 0);
  return ids;
}

async function missedBy({ workflowService, options: { namespace } }: Client, scheduleId: string): Promise<number> {
  try {
    const { info } = await workflowService.describeSchedule({ namespace, scheduleId });
    return Number(info?.missedCatchupWindow ?? 0) + Number(info?.bufferDropped ?? 0);
  } catch (error) {
    // Deleted since it was listed.
    if (error instanceof Error && 'code' in error && error.code === 5) return 0;
    throw error;
  }
}
