import { z } from 'zod';
import { duration } from '../duration.js';
import { defineStep, eitherKey } from './step-kind.js';

export const wait = defineStep({
  uses: 'wait',
  description: 'Waits for a duration or until an instant',
  execution: 'timer',
  with: (e) =>
    eitherKey(
      z.strictObject({
        duration: e(duration({ max: '365d' }))
          .optional()
          .describe('How long to wait, such as 15m'),
        until: e(z.iso.datetime({ offset: true }))
          .optional()
          .describe('Instant in ISO 8601, such as 2026-12-24T18:00:00Z'),
      }),
      'duration',
      'until',
    ),
  output: z.object({}),
  defaults: { timeout: '366d' },
});
