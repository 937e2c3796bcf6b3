import { z } from 'zod';
import { httpShape } from './http-shape.js';
import { defineStep } from './step-kind.js';

export const httpRequest = defineStep({
  uses: 'http.request',
  description: 'Sends one HTTP request; 408, 429 and 5xx are tried again, other errors fail the step',
  execution: 'activity',
  with: httpShape,
  output: z.object({
    status: z.int(),
    headers: z.record(z.string(), z.string()),
    body: z.unknown().describe('Parsed JSON where the answer is JSON, else text'),
  }),
  defaults: { timeout: '10m', maximumAttempts: 5 },
});
