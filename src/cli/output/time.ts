const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units of a span of milliseconds: `3h 12m`, `45s`; under a second `0.4s`, under a tenth `42ms`. */
export function formatSpan(ms: number): string {
  const span = Math.abs(ms);
  if (span < 100) return `${Math.floor(span)}ms`;
  if (span < 1000) return `${(Math.floor(span / 100) / 10).toFixed(1)}s`;
  const start = units.findIndex(([, size]) => span >= size);
  let rest = span;
  const parts: string[] = [];
  for (const [unit, size] of units.slice(start, start + 2)) {
    const amount = Math.floor(rest / size);
    if (amount > 0) parts.push(`${amount}${unit}`);
    rest -= amount * size;
  }
  return parts.join(' ');
}

/** `in 3h 12m`, `5m 2s ago`, `now`. */
export function formatRelative(instant: number, now: number): string {
  const ms = instant - now;
  if (Math.abs(ms) < 1000) return 'now';
  return ms > 0 ? `in ${formatSpan(ms)}` : `${formatSpan(ms)} ago`;
}

/** One instant as people in a timezone read it. */
export interface LocalTime {
  /** `Mon`. */
  weekday: string;
  /** `2026-11-23`. */
  date: string;
  /** `09:30:00`. */
  time: string;
  /** `+01:00`; `+00:00` for UTC. */
  offset: string;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** @param timezone IANA name */
export function localTime(instant: number, timezone: string): LocalTime {
  const parts = Object.fromEntries(
    formatterOf(timezone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  return {
    weekday: parts.weekday ?? '',
    date: `${parts.year}-${parts.month}-${parts.day}`,
    time: `${parts.hour}:${parts.minute}:${parts.second}`,
    // Intl writes GMT for UTC itself and GMT+01:00 for the rest.
    offset: parts.timeZoneName?.replace('GMT', '') || '+00:00',
  };
}

/** `Mon 2026-11-23 09:30:00 +01:00`. */
export function formatLocal(instant: number, timezone: string): string {
  const { weekday, date, time, offset } = localTime(instant, timezone);
  return `${weekday} ${date} ${time} ${offset}`;
}

function formatterOf(timezone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timezone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    });
    formatters.set(timezone, formatter);
  }
  return formatter;
}
