import { type Fault, splitSpace, trimSpace } from './calendar-field.js';
import type { CalendarField, CompiledInterval } from './compiled-spec.js';
import { parseGoDuration } from './go-duration.js';

/**
 * Takes a cron string apart as Temporal's server does (parseCronString in service/worker/scheduler/calendar.go of
 * server 1.31.2): a `CRON_TZ=` prefix, a `#` comment, `@every`, the names such as `@daily`, or 5 to 7 fields.
 */

export interface CronFields {
  kind: 'calendar';
  /** Texts by field; second is absent with fewer than 7 fields, year with 5. */
  fields: Partial<Record<CalendarField, string>>;
  /** Number of fields as written; 5 for a name such as `@daily`. */
  count: number;
  comment: string;
  timezone: string;
}

export interface CronInterval {
  kind: 'interval';
  interval: CompiledInterval;
  timezone: string;
}

const predefined: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const fiveFields = ['minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek'] as const;
const layouts: Readonly<Record<number, readonly CalendarField[]>> = {
  5: fiveFields,
  6: [...fiveFields, 'year'],
  7: ['second', ...fiveFields, 'year'],
};

export function parseCron(text: string): CronFields | CronInterval | Fault {
  const { timezone, rest } = splitTimezone(trimSpace(text));
  if (rest === undefined) return { fault: `"${text}" names a timezone but has no fields after it` };
  const hash = rest.indexOf('#');
  const comment = hash < 0 ? '' : trimSpace(rest.slice(hash + 1));
  const body = trimSpace(hash < 0 ? rest : rest.slice(0, hash));

  if (body.startsWith('@every')) {
    const interval = parseEvery(body);
    // The server drops the timezone of an interval: it would have no meaning.
    return 'fault' in interval ? interval : { kind: 'interval', interval, timezone: '' };
  }
  const known = Object.hasOwn(predefined, body) ? predefined[body] : undefined;
  if (known === undefined && body.startsWith('@')) {
    return { fault: `"${body}" is not known; names are ${Object.keys(predefined).join(', ')} and @every 6h/15m` };
  }
  const tokens = splitSpace(known ?? body);
  const layout = layouts[tokens.length];
  if (layout === undefined) {
    return {
      fault: `has ${tokens.length} fields instead of 5 to 7 (minute hour dayOfMonth month dayOfWeek; a sixth is the year; with 7 the first is seconds)`,
    };
  }
  const fields = Object.fromEntries(layout.map((field, index) => [field, tokens[index]]));
  return { kind: 'calendar', fields, count: tokens.length, comment, timezone };
}

function splitTimezone(text: string): { timezone: string; rest: string | undefined } {
  if (!text.startsWith('TZ=') && !text.startsWith('CRON_TZ=')) return { timezone: '', rest: text };
  const end = text.indexOf(' ');
  const name = text.slice(text.indexOf('=') + 1, end < 0 ? undefined : end);
  return { timezone: name, rest: end < 0 ? undefined : text.slice(end + 1) };
}

/** `@every 6h` or `@every 6h/15m`: an interval and its offset. */
function parseEvery(body: string): CompiledInterval | Fault {
  const end = body.indexOf(' ');
  if (end < 0) return { fault: 'has no interval after @every; write @every 6h or @every 6h/15m' };
  const text = body.slice(end + 1);
  const slash = text.indexOf('/');
  const phase = slash < 0 ? '' : text.slice(slash + 1);
  const every = parseGoDuration(slash < 0 ? text : text.slice(0, slash));
  const offset = phase === '' ? 0 : parseGoDuration(phase);
  if (every === undefined || offset === undefined) {
    return { fault: `"${text}" is not an interval; write 90s, 15m, 1h30m or 2d, with an offset as in 6h/15m` };
  }
  return { every, offset };
}
