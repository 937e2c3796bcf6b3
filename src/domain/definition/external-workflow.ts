import { z } from 'zod';
import { duration } from '../duration.js';
import { retryPolicy } from './step.js';

const timeout = () => duration({ min: '1s', max: '3650d' }).optional();

/**
 * A workflow of another application, on workers that are not Almanac's. The key is there so that a misspelt name stays an
 * error everywhere else; inside is what Temporal's own tools can set on a schedule and a registered workflow never needs.
 */
export const externalWorkflow = z
  .strictObject({
    workflowId: z
      .string()
      .min(1)
      .max(900)
      .optional()
      .describe('Workflow id, to which the server appends the nominal time (default: the id of the schedule)'),
    arguments: z
      .array(z.json())
      .optional()
      .describe('Arguments of the workflow, when it takes several; a single one is the input'),
    executionTimeout: timeout().describe('Longest time over retries and continue-as-new'),
    taskTimeout: timeout().describe('Longest time of one workflow task'),
    retry: retryPolicy.optional().describe('How a failed run is tried again'),
  })
  .describe('The workflow is not registered here: other workers run it, and neither its name nor its input is checked');

export type ExternalWorkflow = z.output<typeof externalWorkflow>;
