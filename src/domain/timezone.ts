import { nearest } from './nearest.js';

/**
 * True for a name that the runtime's timezone data and the Temporal server both know. The server reads names as they are
 * spelt (`europe/berlin` is unknown to Go) and no offsets, which have no daylight saving time anyway.
 */
export function isTimezone(name: string): boolean {
  const known = resolve(name);
  if (known === undefined || !/^[A-Z]/.test(name) || inventedByIcu.test(name)) return false;
  return known === name || known.toLowerCase() !== name.toLowerCase();
}

/** Names that the runtime's timezone library adds to the database; the server knows none of them. */
const inventedByIcu =
  /^(?:ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST|SystemV\/.*|US\/Pacific-New)$/;

/** What is wrong with a timezone name, and the nearest that is right. */
export function timezoneMessage(name: string): string {
  const known = resolve(name);
  const suggestion = known ?? byCity(name) ?? nearest(name, Intl.supportedValuesOf('timeZone'));
  const hint = suggestion === undefined ? ', such as Europe/Berlin or UTC' : `; did you mean "${suggestion}"?`;
  return `not a timezone of the IANA database${hint}`;
}

function resolve(name: string): string | undefined {
  // Runtimes differ in whether they take offsets such as +02:00.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  const cached = resolved.get(name);
  if (cached !== undefined) return cached;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    if (resolved.size < 2_000) resolved.set(name, known);
    return known;
  } catch {
    return undefined;
  }
}

/** Asking Intl takes a third of a millisecond. Unknown names are not kept: there is no end of them. */
const resolved = new Map<string, string>();

/** `Berlin` → `Europe/Berlin`. */
function byCity(name: string): string | undefined {
  const city = `/${name.replaceAll(' ', '_')}`.toLowerCase();
  return Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase().endsWith(city));
}
