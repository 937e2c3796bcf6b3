import type { z } from 'zod';
import { formatPath, type Path, shownValue, valueAt } from '../domain/definition/fault.js';
import type { ErrorDetail } from '../domain/errors.js';

/** Faults of a request as zod found them, one detail an issue. */
export function zodDetails(error: z.core.$ZodError, input?: unknown): ErrorDetail[] {
  return error.issues.map((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)) satisfies Path;
    const found = valueAt(input, path);
    // Of an object, such as the whole body with a key too many, the path and the message say enough.
    const value = typeof found === 'object' ? undefined : shownValue(path, found);
    return { path: formatPath(path), message: issue.message, ...(value === undefined ? {} : { value }) };
  });
}
