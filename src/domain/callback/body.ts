import { z } from 'zod';
import { AlmanacError } from '../errors.js';
import type { CallbackOperation } from '../views.js';

const kib = 1024;

/** Longest body by operation, in bytes: checked before anything is parsed and long before Temporal's own 2 MB. */
export const bodyLimits: Readonly<Record<CallbackOperation, number>> = {
  complete: 256 * kib,
  fail: 16 * kib,
  heartbeat: 16 * kib,
  cancel: 16 * kib,
};

/** Objects and arrays inside each other, the body itself included. */
export const maxDepth = 32;

const amount = z.number().nonnegative();

/** Bodies of the four operations; unknown keys are errors, so that a misspelt `output` is not lost. */
export const callbackBodies = {
  complete: z.strictObject({ output: z.unknown().optional().describe('Output of the step, any JSON') }),
  fail: z.strictObject({
    message: z.string().min(1).describe('What went wrong'),
    code: z.string().min(1).max(200).optional().describe('Error kind of the step (default CallbackFailed)'),
    retryable: z.boolean().optional().describe('Send the outgoing request again, as the retry of the step says'),
    details: z.unknown().optional().describe('Anything more, any JSON'),
  }),
  heartbeat: z.strictObject({
    done: amount.optional(),
    total: amount.optional(),
    unit: z.string().min(1).max(100).optional(),
    message: z.string().max(2000).optional(),
  }),
  cancel: z.strictObject({ details: z.unknown().optional().describe('Anything to be said, any JSON') }),
} as const;

export type CallbackBody<O extends CallbackOperation> = z.output<(typeof callbackBodies)[O]>;

/**
 * Parses the bytes of a callback's body.
 *
 * @throws AlmanacError `too-large` over the limit; `invalid-input` for bad UTF-8, bad JSON, JSON that is too deep, or
 *   another shape. Values are not repeated: a body may be secret.
 */
export function parseCallbackBody<O extends CallbackOperation>(operation: O, bytes: Uint8Array): CallbackBody<O> {
  if (bytes.byteLength > bodyLimits[operation]) throw tooLarge(operation);
  const value = parseJson(bytes);
  if (depthOf(value) > maxDepth) {
    throw new AlmanacError('invalid-input', `the body is nested deeper than ${maxDepth} levels`);
  }
  const parsed = callbackBodies[operation].safeParse(value);
  if (parsed.success) return parsed.data as CallbackBody<O>;
  const details = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const faults = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  throw new AlmanacError('invalid-input', `the body of ${operation} is not valid: ${faults}`, { details });
}

export function tooLarge(operation: CallbackOperation): AlmanacError {
  return new AlmanacError(
    'too-large',
    `the body of ${operation} is over ${bodyLimits[operation] / kib} KiB: put large results into S3 and deliver their key`,
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the text, and a body goes into no log.
    throw new AlmanacError('invalid-input', 'the body is not JSON in UTF-8');
  }
}

/** Depth of nested objects and arrays; looks no further than one level past the limit. */
function depthOf(value: unknown, limit = maxDepth + 1): number {
  if (typeof value !== 'object' || value === null || limit === 0) return 0;
  let deepest = 0;
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item, limit - 1));
  return deepest + 1;
}
