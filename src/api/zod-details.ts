import type { z } from 'zod';
import type { ErrorDetail } from '../domain/errors.js';

/** Faults of a request as zod found them, one detail an issue, with the path written as in `action.steps[2].with.url`. */
export function zodDetails(error: z.core.$ZodError, input?: unknown): ErrorDetail[] {
  return error.issues.map((issue) => {
    const value = valueAt(input, issue.path);
    return {
      path: formatPath(issue.path),
      message: issue.message,
      ...(value === undefined ? {} : { value }),
    };
  });
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
