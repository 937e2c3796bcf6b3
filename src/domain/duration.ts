import { z } from 'zod';

/** A duration as it stands in a file, known to be well-formed: `90s`, `15m`, `1h30m`, `7d` or ISO 8601 (`PT2H`). */
export type Duration = string & z.BRAND<'Duration'>;

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const short = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/;
const shortPart = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g;
const iso =
  /^P(?=\d|T\d)(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * Milliseconds of a duration text, or undefined when it is not one. Months and years are no durations
 * (their length depends on the date), so `P1M` is refused.
 */
export function parseDuration(text: string): number | undefined {
  if (short.test(text)) {
    let total = 0;
    for (const [, amount, unit] of text.matchAll(shortPart)) {
      total += Number(amount) * unitMs[unit as keyof typeof unitMs];
    }
    return Math.round(total);
  }
  const match = iso.exec(text);
  if (!match || text.endsWith('T')) return undefined;
  const [w, d, h, m, s] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number];
  return Math.round(w * unitMs.w + d * unitMs.d + h * unitMs.h + m * unitMs.m + s * unitMs.s);
}

/** Milliseconds of a checked duration. */
export function durationMs(duration: Duration): number {
  return parseDuration(duration) as number;
}

/** The shortest usual text of a number of milliseconds: 5400000 → `1h30m`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  if (rest === 0) return '0s';
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs[unit];
  }
  return text;
}

interface DurationRange {
  min?: string;
  max?: string;
}

/** A zod schema for a duration between two others, both inclusive. */
export function duration(range: DurationRange = {}) {
  const min = range.min === undefined ? 0 : (parseDuration(range.min) as number);
  const max = range.max === undefined ? Number.POSITIVE_INFINITY : (parseDuration(range.max) as number);
  return z
    .string()
    .superRefine((text, ctx) => {
      const ms = parseDuration(text);
      if (ms === undefined) {
        ctx.addIssue({ code: 'custom', message: 'not a duration: write 90s, 15m, 2h, 7d or ISO 8601 such as PT2H' });
      } else if (ms < min) {
        ctx.addIssue({ code: 'custom', message: `too short: at least ${range.min}` });
      } else if (ms > max) {
        ctx.addIssue({ code: 'custom', message: `too long: at most ${range.max}` });
      }
    })
    .meta({ pattern: `${short.source}|${iso.source}`, examples: ['90s', '15m', '2h', '7d', 'PT2H'] })
    .brand<'Duration'>();
}
