import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { type OverlapPolicy, overlapPolicies } from '../../domain/definition/policies.js';
import type { ExportGap } from '../../domain/export/export-view.js';
import { overlapToProto } from './schedule-proto.js';

/** Policies as they work, whether they were set or are the server's own. */
export interface LivePolicies {
  overlap: OverlapPolicy;
  /** Milliseconds. */
  catchupWindow: number;
  pauseOnFailure: boolean;
}

const day = 86_400_000;
/** The server raises shorter windows. */
const shortestWindow = 10_000;

/** @param gaps takes what a definition can't say */
export function readPolicies(
  policies: temporal.api.schedule.v1.ISchedulePolicies | null | undefined,
  gaps: ExportGap[],
): LivePolicies {
  if (policies?.keepOriginalWorkflowId) {
    const message = 'the server would append the nominal time to the workflow id, which it does not now';
    gaps.push({ path: 'policies', message, kept: false });
  }
  const window = optionalTsToMs(policies?.catchupWindow) || 365 * day;
  return {
    overlap: overlapPolicies.find((name) => overlapToProto[name] === policies?.overlapPolicy) ?? 'skip',
    catchupWindow: Math.max(window, shortestWindow),
    pauseOnFailure: policies?.pauseOnFailure ?? false,
  };
}
