import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { msNumberToTs, tsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';

type ProtoSpec = temporal.api.schedule.v1.IScheduleSpec;

export interface StoredSpec {
  /** The spec as the server compiled it. */
  described: ProtoSpec;
  /** At most 1000 times, the start exclusive. */
  fireTimes(start: Date, end: Date): Promise<string[]>;
}

/** Stores a spec in a paused schedule of its own, lets a test look at it, and deletes it. */
export async function withStoredSpec<T>(
  client: Client,
  spec: ProtoSpec,
  look: (stored: StoredSpec) => Promise<T>,
): Promise<T> {
  const { namespace } = client.options;
  const scheduleId = `spec-${randomUUID()}`;
  await client.workflowService.createSchedule({
    namespace,
    scheduleId,
    requestId: randomUUID(),
    identity: 'test',
    schedule: {
      spec,
      state: { paused: true },
      action: {
        startWorkflow: { workflowId: scheduleId, workflowType: { name: 'none' }, taskQueue: { name: 'none' } },
      },
    },
  });
  try {
    const { schedule } = await client.workflowService.describeSchedule({ namespace, scheduleId });
    return await look({
      described: schedule?.spec ?? {},
      fireTimes: async (start, end) => {
        const { startTime } = await client.workflowService.listScheduleMatchingTimes({
          namespace,
          scheduleId,
          startTime: msNumberToTs(start.getTime()),
          endTime: msNumberToTs(end.getTime()),
        });
        return (startTime ?? []).map((time) => new Date(tsToMs(time)).toISOString());
      },
    });
  } finally {
    await client.workflowService.deleteSchedule({ namespace, scheduleId, identity: 'test' });
  }
}
