/** Timezone of a stored definition, which may come from another version of Almanac, or be missing: then UTC. */
export function timezoneOf(definition: unknown): string {
  const at = (value: unknown, key: string): unknown =>
    typeof value === 'object' && value !== null && key in value ? (value as Record<string, unknown>)[key] : undefined;
  const timezone = at(at(definition, 'spec'), 'timezone');
  return typeof timezone === 'string' ? timezone : 'UTC';
}
