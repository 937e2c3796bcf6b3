import type { Client } from '@temporalio/client';
import { AlmanacError } from '../../domain/errors.js';
import type { FieldChange } from '../../domain/plan/plan.js';
import { compareForms } from '../../domain/plan/schedule-form.js';
import { tryCompileSpec } from '../../domain/spec/compile-spec.js';
import type { LiveSchedule } from './live-schedule.js';
import { formOfDefinition, formOfLive } from './schedule-form.js';

/** What somebody changed on the server since the definition was applied; nothing for a schedule without one. */
export async function liveDrift(client: Client, live: LiveSchedule, taskQueue: string): Promise<FieldChange[]> {
  const { definition } = live;
  if (definition === undefined) return [];
  try {
    const wanted = await formOfDefinition(client, definition, taskQueue);
    return compareForms(await formOfLive(client, live), wanted, tryCompileSpec(definition.spec).paths);
  } catch (error) {
    // What an older Almanac applied and today's would refuse can't be compared.
    if (error instanceof AlmanacError && error.code === 'invalid-input') return [];
    throw error;
  }
}
