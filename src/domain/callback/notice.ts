/** Activity that tells a partner that nobody waits for its answer any more. The platform's own: no step kind, nobody writes it. */
export const noticeActivity = 'callback.notify';

/** `type` of the event that the partner gets. */
export const noticeEvent = 'callback.cancelled';

/** Why nobody waits: the run was asked to stop (by a person, or by a newer run that takes its place), or time is up. */
export type NoticeReason = 'cancelled' | 'timeout';

/** What the pipeline hands to the activity. */
export interface CancelNotice {
  scheduleId: string;
  stepId: string;
  /** Nominal time of the run, ISO 8601 UTC. */
  scheduledTime: string;
  reason: NoticeReason;
  /** When the links of the step end: milliseconds since the epoch. */
  expiresAt: number;
  /** Where and with which headers the step itself was sent. */
  with: { url: string; headers?: Record<string, string> | undefined; signed?: boolean | undefined };
}

/** The partner's answer to the delivery that it took. */
export interface NoticeDelivery {
  status: number;
}

export interface NoticeActivities {
  [noticeActivity]: (notice: CancelNotice) => Promise<NoticeDelivery>;
}

/** Activity id of the notice of a step: step ids have no dot, so it is nobody else's. */
export function noticeActivityId(stepId: string): string {
  return `${stepId}.cancel`;
}

/** The step whose notice this activity is; undefined for any other activity. */
export function stepOfNotice(activityId: string, activityType: string): string | undefined {
  return activityType === noticeActivity && activityId.endsWith('.cancel') ? activityId.slice(0, -7) : undefined;
}
