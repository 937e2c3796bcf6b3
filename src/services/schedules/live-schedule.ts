import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type ScheduleDefinition, scheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import type { ScheduleState } from '../../domain/plan/carry-state.js';
import { memoKeys } from '../../domain/temporal-names.js';
import { keywordOf, payloadsOf } from '../payloads.js';
import { isNotFound } from '../temporal-call.js';

/** A schedule as the server has it now. */
export interface LiveSchedule {
  id: string;
  raw: temporal.api.workflowservice.v1.IDescribeScheduleResponse;
  state: ScheduleState;
  owner: string | undefined;
  digest: string | undefined;
  /** As it was applied; undefined for a schedule that Almanac did not make. */
  applied: unknown;
  /** The same, parsed; undefined also when today's schema refuses what an older Almanac wrote. */
  definition: ScheduleDefinition | undefined;
  etag: string;
}

/** @throws what the server throws: call it under `callTemporal`. */
export async function describeLive(client: Client, id: string): Promise<LiveSchedule> {
  const raw = await client.workflowService.describeSchedule({ namespace: client.options.namespace, scheduleId: id });
  // Of the memo only ours: that of another application may be encoded as only it can read.
  const kept = raw.schedule?.action?.startWorkflow?.memo?.fields?.[memoKeys.definition];
  const applied = kept ? await payloadsOf(client).decodeFirst([kept]) : undefined;
  const parsed = scheduleDefinition.safeParse(applied);
  const fields = raw.searchAttributes?.indexedFields;
  const live = {
    id,
    raw,
    state: stateFromProto(raw.schedule?.state),
    owner: keywordOf(fields, 'AlmanacOwner'),
    digest: keywordOf(fields, 'AlmanacDigest'),
    applied,
    definition: parsed.success ? parsed.data : undefined,
  };
  return { ...live, etag: etagOf(live) };
}

function stateFromProto(state: temporal.api.schedule.v1.IScheduleState | null | undefined): ScheduleState {
  const { paused, notes, limitedActions, remainingActions } = state ?? {};
  return {
    paused: paused ?? false,
    note: notes ?? '',
    ...(limitedActions ? { remainingActions: Number(remainingActions ?? 0) } : {}),
  };
}

/** The same, or undefined when there is no such schedule. */
export async function findLive(client: Client, id: string): Promise<LiveSchedule | undefined> {
  try {
    return await describeLive(client, id);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Changes with everything that somebody may change, and not when the schedule fires: the server's conflict token counts
 * updates and pauses. It starts again at 1 when a schedule is deleted and made anew, so the creation time is in it too.
 */
function etagOf(live: Pick<LiveSchedule, 'raw' | 'state' | 'owner' | 'digest'>): string {
  const created = live.raw.info?.createTime;
  const parts = [
    Buffer.from(live.raw.conflictToken ?? []).toString('hex'),
    `${created?.seconds ?? 0}.${created?.nanos ?? 0}`,
    // Not the remaining actions: each fire takes one.
    live.state.paused,
    live.state.note,
    live.owner ?? null,
    live.digest ?? null,
  ];
  return `"${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}"`;
}

/** Conditions of RFC 9110 on the state that a change is meant for. */
export interface Preconditions {
  /** `If-Match`: an ETag, a list of them, or `*`. */
  ifMatch?: string | undefined;
  /** `If-None-Match`: only `*` has a meaning here, that there is no such schedule yet. */
  ifNoneMatch?: string | undefined;
}

/** @throws AlmanacError precondition-failed */
export function checkPreconditions(id: string, live: LiveSchedule | undefined, conditions: Preconditions): void {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifNoneMatch?.trim() === '*' && live !== undefined) {
    throw new AlmanacError(
      'precondition-failed',
      `schedule ${id} exists already, and If-None-Match: * wants it not to`,
    );
  }
  if (ifMatch === undefined) return;
  // A weak ETag never matches here (RFC 9110 §13.1.1); proxies that compress make them.
  const wanted = ifMatch.split(',').map((tag) => tag.trim());
  if (live !== undefined && (wanted.includes('*') || wanted.includes(live.etag))) return;
  const found = live === undefined ? 'it does not exist' : `it is now ${live.etag}`;
  throw new AlmanacError('precondition-failed', `schedule ${id} is not the one that If-Match names: ${found}`, {
    details: [{ path: 'If-Match', message: 'read the schedule again and repeat the change on it', value: ifMatch }],
  });
}
