import { z } from 'zod';
import { httpShape } from './http-shape.js';
import { defineStep } from './step-kind.js';

export const httpCallback = defineStep({
  uses: 'http.callback',
  description:
    'Sends a request with callback URLs in its body and waits until the external system completes or fails the step',
  execution: 'callback',
  with: httpShape,
  output: z.unknown().describe('What the external system delivered'),
  defaults: { timeout: '24h', maximumAttempts: 5 },
});
