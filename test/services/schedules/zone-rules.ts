import type { Client } from '@temporalio/client';
import { compileSpec } from '../../../src/domain/spec/compile-spec.js';
import { fireTimesBetween } from '../../../src/domain/spec/fire-times.js';
import { specToProto } from '../../../src/services/schedules/spec-to-proto.js';
import { withStoredSpec } from './stored-spec.js';

const dayMs = 86_400_000;
/** The server gives at most 1,000 times at once. */
const days = 900;

/**
 * Do the server and this Node know the same rules of a timezone? Each has its own data, which go by its release; a machine may have
 * one of them newer than the other. Compared by its noons, day by day.
 */
export async function hasServersRules(client: Client, timezone: string, from: Date, to: Date): Promise<boolean> {
  const spec = { cron: ['0 12 * * *'], timezone };
  const compiled = compileSpec(spec);
  return withStoredSpec(client, specToProto(spec), async (stored) => {
    for (let time = from.getTime(); time < to.getTime(); time += days * dayMs) {
      const window = [new Date(time), new Date(Math.min(time + days * dayMs, to.getTime()))] as const;
      const [start, end] = window;
      const theirs = await stored.fireTimes(start, end);
      if (JSON.stringify(fireTimesBetween(compiled, { start, end }).fireTimes) !== JSON.stringify(theirs)) return false;
    }
    return true;
  });
}
