const prefix = 'almanac:';

/** Identity of a Temporal call that somebody made through Almanac: Temporal keeps it in its histories. */
export function authorIdentity(name: string): string {
  return `${prefix}${name}`;
}

/** Who is behind an identity: the caller of Almanac, or whatever another client calls itself. */
export function authorOf(identity: string | null | undefined): string | undefined {
  if (!identity) return undefined;
  return identity.startsWith(prefix) ? identity.slice(prefix.length) : identity;
}
