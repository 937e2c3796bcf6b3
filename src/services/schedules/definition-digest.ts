import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';

/**
 * SHA-256 of the definition as canonical JSON: equal for files that differ in key order, spacing or `$schema` only. A definition
 * never changes: a plan, a write and what reads it back ask for the same one.
 */
export function definitionDigest(definition: ScheduleDefinition): string {
  const known = digests.get(definition);
  if (known !== undefined) return known;
  const { $schema: _, ...rest } = definition;
  const digest = createHash('sha256').update(canonicalJson(rest)).digest('hex');
  digests.set(definition, digest);
  return digest;
}

const digests = new WeakMap<ScheduleDefinition, string>();
