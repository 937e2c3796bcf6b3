import { z } from 'zod';
import { type ErrorCode, type ErrorDetail, errorTable } from '../../domain/errors.js';

const problem = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string' && Object.hasOwn(errorTable, code)),
  detail: z.string(),
  errors: z
    .array(
      z.object({
        file: z.string().optional(),
        line: z.number().optional(),
        column: z.number().optional(),
        path: z.string(),
        message: z.string(),
        value: z.unknown().optional(),
      }),
    )
    .default([]),
});

/** The RFC 9457 problem in an answer, or undefined when it is something else. */
export function readProblem(text: string): { code: ErrorCode; detail: string; errors: ErrorDetail[] } | undefined {
  try {
    const parsed = problem.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
