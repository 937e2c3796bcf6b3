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
 *   text that is no Unicode, or another shape. Values are not repeated: a body may be secret.
 */
export function parseCallbackBody<O extends CallbackOperation>(operation: O, bytes: Uint8Array): CallbackBody<O> {
  if (bytes.byteLength > bodyLimits[operation]) throw tooLarge(operation);
  const text = decode(bytes);
  const value = parseJson(text);
  if (depthOf(value) > maxDepth) {
    throw new AlmanacError('invalid-input', `the body is nested deeper than ${maxDepth} levels`);
  }
  assertUnicode(operation, text, value);
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

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notJson();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and a body goes into no log.
    throw notJson();
  }
}

function notJson(): AlmanacError {
  return new AlmanacError('invalid-input', 'the body is not JSON in UTF-8');
}

/**
 * JSON can spell half of a character (`"\\ud83d"`, as text has that was cut between its UTF-16 units). A message or code with one can't
 * be sent to Temporal at all, and no other program need be able to read an output with one.
 */
function assertUnicode(operation: CallbackOperation, text: string, value: unknown): void {
  // UTF-8 has no halves, so each was escaped: most bodies need no further look.
  const path = /\\u[dD][89a-fA-F]/.test(text) ? brokenText(value, []) : undefined;
  if (path === undefined) return;
  const message = 'this text is not Unicode: half of a surrogate pair, which is half of a character';
  const details = [{ path: path.join('.'), message }];
  throw new AlmanacError('invalid-input', `the body of ${operation} is not valid: ${path.join('.')}: ${message}`, {
    details,
  });
}

/** One without its other half: by code points, a whole pair has none. */
const surrogate = /\p{Surrogate}/u;

/** Path of the first string that has half of a surrogate pair; for such a key, that of the object. */
function brokenText(value: unknown, path: string[]): string[] | undefined {
  if (typeof value === 'string') return surrogate.test(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = surrogate.test(key) ? path : brokenText(item, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Depth of nested objects and arrays; looks no further than one level past the limit. */
function depthOf(value: unknown, limit = maxDepth + 1): number {
  if (typeof value !== 'object' || value === null || limit === 0) return 0;
  let deepest = 0;
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item, limit - 1));
  return deepest + 1;
}
