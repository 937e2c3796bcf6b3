const unitSeconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
};

const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/g;
const whole = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+$/;

/**
 * Milliseconds of a duration as `@every` takes it: Go's `1h30m`, with `d` for 24 hours; undefined when it is none.
 * Not the durations of schedule files, which allow weeks and ISO 8601.
 */
export function parseGoDuration(text: string): number | undefined {
  const unsigned = text.replace(/^\+/, '');
  if (unsigned === '0') return 0;
  if (!whole.test(unsigned)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of unsigned.matchAll(part)) seconds += Number(amount) * (unitSeconds[unit ?? ''] ?? 0);
  return Math.round(seconds * 1e9) / 1e6;
}
