import { z } from 'zod';
import { defineStep } from './step-kind.js';

export const callbackWait = defineStep({
  uses: 'callback.wait',
  description: 'Waits until somebody completes or fails the step through its callback URLs, which can be mailed',
  execution: 'callback',
  with: (e) =>
    z
      .strictObject({
        notify: z
          .strictObject({ to: e(z.array(e(z.email())).min(1)).describe('Who gets the links by mail') })
          .optional()
          .describe('Mails the links when the step starts'),
      })
      .prefault({}),
  output: z.unknown().describe('What was delivered'),
  defaults: { timeout: '24h', maximumAttempts: 5 },
});
