import { z } from 'zod';
import { isRecord } from './fault.js';
import { scheduleDefinition } from './schedule-definition.js';

/**
 * The JSON Schema of a schedule file, for editors: draft 7, which they know best. It says less than `parseDefinition`, which also
 * checks what stands in relation (steps, times, expressions, cron).
 */
export function definitionJsonSchema(): Record<string, unknown> {
  const { $schema, definitions, ...root } = z.toJSONSchema(scheduleDefinition, { target: 'draft-7', io: 'input' });
  const named = Object.entries(isRecord(definitions) ? definitions : {}).filter(([name]) => !isAnonymous(name));
  const title = 'Almanac schedule';
  return withoutAnyJson({ $schema, title, ...root, definitions: Object.fromEntries(named) }) as Record<string, unknown>;
}

/** The text of `schedules/schema.json`. */
export function definitionJsonSchemaText(): string {
  return `${JSON.stringify(definitionJsonSchema(), null, 2)}\n`;
}

/** Zod's name for a schema without an id that refers to itself: here only `z.json()`. */
function isAnonymous(name: string): boolean {
  return name.startsWith('__schema');
}

/** Spelt out, "any JSON" is a recursive definition that tells an editor nothing: no constraint at all says the same. */
function withoutAnyJson(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutAnyJson);
  if (!isRecord(node)) return node;
  const kept = Object.entries(node).filter(
    ([key, value]) => key !== '$ref' || !isAnonymous(String(value).replace('#/definitions/', '')),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutAnyJson(value)]));
}
