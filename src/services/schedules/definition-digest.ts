import { createHash } from 'node:crypto';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';

/** SHA-256 of the definition as canonical JSON: equal for files that differ in key order, spacing or `$schema` only. */
export function definitionDigest(definition: ScheduleDefinition): string {
  const { $schema: _, ...rest } = definition;
  return createHash('sha256').update(canonicalJson(rest)).digest('hex');
}

/** JSON with sorted keys, without spaces. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
