/** Deaths within this time count together. */
const windowMs = 60_000;
export const maxDeaths = 5;
const firstDelayMs = 500;

/** What to do after a death: start again after a pause that doubles, or give up after five within a minute. */
export type RestartDecision = { restart: true; delayMs: number; deaths: number } | { restart: false };

/** @param deaths times of all deaths so far in milliseconds, the last one included */
export function decideRestart(deaths: readonly number[], now: number): RestartDecision {
  const recent = deaths.filter((time) => now - time < windowMs).length;
  if (recent >= maxDeaths) return { restart: false };
  return { restart: true, deaths: recent, delayMs: firstDelayMs * 2 ** Math.max(0, recent - 1) };
}
