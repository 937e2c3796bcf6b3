import { ActivityCancellationType, CancellationScope, patched, proxyActivities } from '@temporalio/workflow';
import {
  type CancelNotice,
  type NoticeActivities,
  noticeActivity,
  noticeActivityId,
} from '../../domain/callback/notice.js';

/** Runs that began before there were notices replay without them. */
const patch = 'callback-cancel-notice';

/** Longest time of one delivery; a partner that takes longer is asked again. */
const deliveryMs = 5_000;

/**
 * The cancel notices of one run. Each is an activity beside the steps, so its deliveries and what came of them stand in the
 * history; one that fails is seen there and changes nothing else.
 */
export class CancelNotices {
  private readonly sent = new Map<string, Promise<void>>();

  /** Tells the partner of a step, once; `withinMs` bounds all deliveries together. Does not wait. */
  send(notice: CancelNotice, withinMs: number): void {
    if (this.sent.has(notice.stepId) || !patched(patch)) return;
    const { [noticeActivity]: notify } = proxyActivities<NoticeActivities>({
      activityId: noticeActivityId(notice.stepId),
      summary: `cancel notice of ${notice.stepId}`,
      scheduleToCloseTimeout: withinMs,
      startToCloseTimeout: deliveryMs,
      retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 5_000 },
      cancellationType: ActivityCancellationType.ABANDON,
    });
    const delivery = CancellationScope.nonCancellable(() => notify(notice));
    this.sent.set(
      notice.stepId,
      delivery.then(
        () => undefined,
        () => undefined,
      ),
    );
  }

  /** Resolves when each notice was taken or given up. A run that ends earlier would end its deliveries. */
  async settled(): Promise<void> {
    await Promise.all(this.sent.values());
  }
}
