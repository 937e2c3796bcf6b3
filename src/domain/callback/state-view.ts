import { z } from 'zod';
import { callbackOperation, progressView } from '../views.js';

/** What `GET /v1/callbacks/{token}` answers: the state as its holder may see it. */
export const callbackStateView = z.object({
  state: z.enum(['waiting', 'completed', 'failed', 'cancelled']),
  workflowId: z.string(),
  runId: z.string(),
  step: z.string(),
  /** Attempt that is waiting, counted from 1; absent once the step is over. */
  attempt: z.int().optional(),
  operations: z.array(callbackOperation),
  expiresAt: z.iso.datetime(),
  cancelRequested: z.boolean(),
  progress: progressView.optional(),
});
export type CallbackStateView = z.output<typeof callbackStateView>;

/** What the four operations answer when they were applied. */
export const callbackAnswer = z.object({
  duplicate: z.literal(true).optional().describe('The same operation with the same body had been applied before'),
});
export type CallbackAnswer = z.output<typeof callbackAnswer>;

export const heartbeatAnswer = z.object({
  cancelRequested: z.boolean().describe('The run asks for this step to stop: call cancel once it did'),
  expiresAt: z.iso.datetime().describe('When the callback links end'),
});
export type HeartbeatAnswer = z.output<typeof heartbeatAnswer>;
