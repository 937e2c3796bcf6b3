import { z } from 'zod';
import { httpShape } from './http-shape.js';
import { defineStep } from './step-kind.js';

export const httpCallback = defineStep({
  uses: 'http.callback',
  description:
    'Sends a request with callback URLs in its body and waits until the external system completes or fails the step',
  execution: 'callback',
  with: (e) =>
    httpShape(e).extend({
      signed: z
        .boolean()
        .optional()
        .describe('Answers must be signed with the shared webhook secret (Standard Webhooks), not only hold the link'),
    }),
  output: z.unknown().describe('What the external system delivered'),
  defaults: { timeout: '24h', maximumAttempts: 5 },
});
