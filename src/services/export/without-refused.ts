import { isDeepStrictEqual } from 'node:util';
import type { CheckedDefinition } from '../../domain/definition/check.js';
import type { ExportGap } from '../../domain/export/export-view.js';

/** Parts that a schedule can do without; where one is refused, the rest is still a definition. */
const dispensable =
  /^(?:description|spec\.jitter|policies\.\w+|action\.(?:runTimeout|external\.(?:\w+)|(?:memo|searchAttributes)(?:\.\w+|\["[^"]*"\])))/;

export interface Kept {
  /** As it was made, so that its keys stay in their order. */
  definition?: unknown;
  refused: ExportGap[];
}

/**
 * The largest part of a made definition that is one: what the rules of files refuse, and the schedule can do without, is left
 * out and named.
 */
export function withoutRefused(made: Record<string, unknown>, check: (value: unknown) => CheckedDefinition): Kept {
  const refused: ExportGap[] = [];
  for (let value: unknown = structuredClone(made); ; ) {
    const { definition, errors } = check(value);
    if (definition !== undefined) return { definition: value, refused };
    for (const { path, message, value: found } of errors) {
      refused.push({ path, message, ...(found === undefined ? {} : { value: found }), kept: false });
    }
    const parts = errors.map(({ path }) => dispensable.exec(path)?.[0]);
    if (parts.some((part) => part === undefined)) return { refused };
    const before = value;
    for (const part of parts) value = without(value, keysOf(part ?? ''));
    if (isDeepStrictEqual(value, before)) return { refused };
  }
}

function keysOf(path: string): string[] {
  return [...path.matchAll(/\["([^"]*)"\]|[^.[]+/g)].map(([key, quoted]) => quoted ?? key);
}

function without(value: unknown, [key, ...rest]: string[]): unknown {
  if (typeof value !== 'object' || value === null || key === undefined || !Object.hasOwn(value, key)) return value;
  const { [key]: inner, ...others } = value as Record<string, unknown>;
  return rest.length === 0 ? others : { ...others, [key]: without(inner, rest) };
}
