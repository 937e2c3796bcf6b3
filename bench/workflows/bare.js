import { proxyActivities } from '@temporalio/workflow';

const activities = proxyActivities({ scheduleToCloseTimeout: '10m' });

/** The peer of the pipeline: what one would write by hand for `count` activities in sequence. */
export async function bare(count) {
  for (let index = 0; index < count; index += 1) await activities['http.request']({ index });
}
