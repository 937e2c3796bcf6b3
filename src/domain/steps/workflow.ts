import { z } from 'zod';
import { defineStep } from './step-kind.js';

export const childWorkflow = defineStep({
  uses: 'workflow',
  description: 'Runs a registered workflow as a child and takes its result',
  execution: 'child',
  with: (e) =>
    z.strictObject({
      name: e(z.string().min(1)).describe('Name in the workflow registry'),
      input: e(z.json()).optional().describe('Its input, checked against its schema before it starts'),
    }),
  output: z.unknown(),
  defaults: { timeout: '24h', maximumAttempts: 1 },
});
