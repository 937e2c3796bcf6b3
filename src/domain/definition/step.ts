import { z } from 'zod';
import { duration } from '../duration.js';
import { stepKinds } from '../steps/registry.js';
import { expressionString } from '../steps/step-kind.js';

export const stepId = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/, 'a letter, then letters, digits and _ (expressions read it as $steps.<id>)')
  .describe('Name of the step, unique in the schedule');

export const retryPolicy = z
  .strictObject({
    maximumAttempts: z.int().min(1).max(1000).optional().describe('Attempts in all, the first included'),
    initialInterval: duration({ min: '100ms', max: '1d' }).optional().describe('Wait before the second attempt'),
    backoff: z.number().min(1).max(10).optional().describe('Factor by which the wait grows'),
    maximumInterval: duration({ min: '100ms', max: '7d' }).optional().describe('Longest wait'),
    nonRetryable: z.array(z.string().min(1)).optional().describe('Error kinds that are not tried again'),
  })
  .describe('How the step is tried again');

export const stepFields = {
  id: stepId,
  if: expressionString.optional().describe('The step runs only when this expression is true'),
  timeout: duration({ min: '1s', max: '365d' })
    .optional()
    .describe('Longest time over all attempts (schedule-to-close)'),
  attemptTimeout: duration({ min: '1s', max: '365d' })
    .optional()
    .describe('Longest time of one attempt (start-to-close)'),
  queueTimeout: duration({ min: '1s', max: '365d' })
    .optional()
    .describe('Longest wait for a worker (schedule-to-start)'),
  heartbeat: duration({ min: '1s', max: '1d' })
    .optional()
    .describe('An attempt that gives no sign of life for this long is tried again'),
  retry: retryPolicy.optional().describe('How the step is tried again'),
  continueOnError: z.boolean().optional().describe('Go on with the next step when this one fails (default false)'),
};

function stepOf<U extends keyof typeof stepKinds>(uses: U) {
  const kind = stepKinds[uses];
  return z
    .strictObject({
      ...stepFields,
      uses: z.literal(uses).describe(kind.description),
      with: describeWith(kind),
    })
    .describe(kind.description);
}

/** The cast keeps the type of one kind where the table only gives the union of all. */
function describeWith<U extends keyof typeof stepKinds>(kind: (typeof stepKinds)[U]) {
  const file = kind.file as z.ZodType;
  return file.describe(`What ${kind.uses} needs: values, or expressions`) as (typeof stepKinds)[U]['file'];
}

/** A step as it stands in a file, one alternative a kind. */
export const step = z
  .discriminatedUnion('uses', [
    stepOf('wait'),
    stepOf('http.request'),
    stepOf('http.callback'),
    stepOf('callback.wait'),
    stepOf('email.send'),
    stepOf('s3.copy'),
    stepOf('s3.transform'),
    stepOf('s3.inspect'),
    stepOf('workflow'),
  ])
  // The JSON Schema refers to it by this name.
  .meta({ id: 'step', description: 'One step; uses says of which kind' });

/** What all kinds share: for a step whose kind is unknown, so that its other faults are told at once. */
export const anyStep = z.strictObject({ ...stepFields, uses: z.unknown().optional(), with: z.unknown().optional() });

export type Step = z.output<typeof step>;
