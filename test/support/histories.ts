import { writeFileSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

export const historiesFolder = new URL('../replay/histories/', import.meta.url).pathname;

/** Keeps the history of a run for the replay tests, when asked to: `ALMANAC_RECORD_HISTORIES=1 npm test`. */
export async function recordHistory(name: string, handle: WorkflowHandle): Promise<void> {
  if (process.env.ALMANAC_RECORD_HISTORIES !== '1') return;
  const history = await handle.fetchHistory();
  const text = historyToJSON(history as Parameters<typeof historyToJSON>[0]);
  // Child workflow ids are made from the parent's, so a replay needs it; a history does not carry it.
  const record = { workflowId: handle.workflowId, history: JSON.parse(text, withoutMachine) };
  writeFileSync(`${historiesFolder}${name}.json`, `${JSON.stringify(record, null, 1)}\n`);
}

/** Stack traces hold paths; identities and the names of sticky queues hold host names. A replay reads none of them. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  if (key === 'name' && typeof value === 'string' && value.includes('@')) return 'recorded';
  return key === 'identity' ? 'recorded' : value;
}
