import type { Client } from '@temporalio/client';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import { callTemporal } from '../temporal-call.js';
import { findLive } from './live-schedule.js';
import { putSchedule } from './put-schedule.js';

export interface PutAllResult {
  id: string;
  /** What was done; with an error, what was tried. */
  action: 'create' | 'update' | 'no-op';
  error?: AlmanacError;
}

export interface PutAllOptions {
  client: Client;
  /** Kept on every schedule as AlmanacOwner. */
  owner: string;
  /** Task queue of actions that name none. */
  taskQueue: string;
}

/** Creates or replaces each schedule, one after the other; one that fails does not keep the rest from being applied. */
export async function putAll(
  definitions: readonly ScheduleDefinition[],
  options: PutAllOptions,
): Promise<PutAllResult[]> {
  const results: PutAllResult[] = [];
  for (const definition of definitions) {
    try {
      const { action } = await callTemporal(
        options.client,
        () => putSchedule(options, definition, { owner: options.owner }),
        { subject: `schedule ${definition.id}`, deadlineMs: 10_000 },
      );
      results.push({ id: definition.id, action });
    } catch (error) {
      if (!(error instanceof AlmanacError)) throw error;
      results.push({ id: definition.id, action: await tried(options.client, definition.id, error), error });
    }
  }
  return results;
}

/** What a failed put was about; taken for an update where Temporal can't be asked. */
async function tried(client: Client, id: string, error: AlmanacError): Promise<PutAllResult['action']> {
  if (error.retryable) return 'update';
  const live = await callTemporal(client, () => findLive(client, id));
  return live === undefined ? 'create' : 'update';
}
