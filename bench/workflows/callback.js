import { proxyActivities, workflowInfo } from '@temporalio/workflow';

const { wait, next } = proxyActivities({ scheduleToCloseTimeout: '10m' });

/** Waits for its callback and starts a next step: the same on both sides of bench/callback.mjs. */
export async function callback() {
  await wait();
  await next(workflowInfo().workflowId);
}
