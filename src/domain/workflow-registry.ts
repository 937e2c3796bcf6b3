import { z } from 'zod';
import { bucketName } from './steps/s3-object.js';

/** A workflow that schedules and `workflow` steps may name. */
export interface RegisteredWorkflow {
  description: string;
  input: z.ZodType;
}

/**
 * User workflows: one line here, one file under `src/workflows/`. The name is the exported function's; the file has
 * it in kebab-case (`stationReport` → `station-report.ts`). The build fails when one is without the other.
 */
export const workflowRegistry = {
  partitionObjects: {
    description: 'Splits a CSV object into one object per value of a column, several at a time',
    input: z.strictObject({
      source: z.strictObject({ bucket: bucketName, key: z.string().min(1) }),
      target: z.strictObject({ bucket: bucketName, prefix: z.string() }),
      /** Values to split by, each kept with the pattern made from `linePattern`. */
      values: z.array(z.string().min(1)).min(1).max(1000),
      linePattern: z.string().default('(^|,){value}(,|$)').describe('RE2 expression; {value} becomes the quoted value'),
      maxConcurrent: z.int().min(1).max(50).default(4),
    }),
  },
} as const satisfies Record<string, RegisteredWorkflow>;

export type WorkflowName = keyof typeof workflowRegistry;
export type WorkflowInput<N extends WorkflowName> = z.output<(typeof workflowRegistry)[N]['input']>;
