import { z } from 'zod';
import { duration } from '../duration.js';

export const overlapPolicies = ['skip', 'bufferOne', 'bufferAll', 'cancelOther', 'terminateOther', 'allowAll'] as const;

export const overlapPolicy = z.enum(overlapPolicies);
export type OverlapPolicy = z.output<typeof overlapPolicy>;

export const defaultOverlap: OverlapPolicy = 'skip';
/** The server's default is a year; ours is always sent. */
export const defaultCatchupWindow = '10m';

export const policies = z
  .strictObject({
    overlap: overlapPolicy
      .optional()
      .describe('What happens when a fire finds the run before still going (default skip)'),
    catchupWindow: duration({ min: '10s', max: '365d' })
      .optional()
      .describe('How late a fire may still start after an outage (default 10m)'),
    pauseOnFailure: z.boolean().optional().describe('Pause the schedule when a run fails (default false)'),
  })
  .describe('Overlap, catchup and failure policies');
