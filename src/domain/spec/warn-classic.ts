import type { ErrorDetail } from '../errors.js';
import { isFault } from './calendar-field.js';
import { type ClassicReading, readClassically } from './classic-cron.js';
import type { CompiledSpec } from './compiled-spec.js';
import { type CronFields, parseCron } from './cron.js';
import { isFarFromChange, iterateFireTimes } from './fire-times.js';
import { localText } from './local-text.js';
import { zoneOf } from './zone.js';

const shown = 3;
const looked = 12;
/** Both readings are compared over this many days. */
const horizon = 800 * 86_400_000;

/**
 * A warning when a cron fires at other times than classic cron would, beyond days on which the clock changes.
 * @param alone a spec of nothing but this cron
 */
export function warnClassicReading(alone: CompiledSpec, text: string, path: string, now: Date): ErrorDetail[] {
  const cron = parseCron(text);
  if (isFault(cron) || cron.kind === 'interval') return [];
  const until = new Date(now.getTime() + horizon);
  const classic = readClassically(text, { after: now, until, timezone: alone.timezone, count: looked });
  if (classic === undefined) return [];
  const ours = takeTimes(alone, now);
  const zone = zoneOf(alone.timezone);
  const comparable = (times: Date[]) =>
    times.filter((time) => time <= until && isFarFromChange(zone, time.getTime() / 1000)).map(Number);
  const [own, other] = [comparable(ours), comparable(classic.times)];
  const both = Math.min(own.length, other.length);
  if (own.slice(0, both).join() === other.slice(0, both).join() && (both > 0 || own.length === other.length)) return [];

  const show = (times: Date[]) =>
    times
      .slice(0, shown)
      .map((time) => localText(time, alone.timezone))
      .join(', ') || 'none';
  const readings = `here next ${show(ours)}; by classic cron ${show(classic.times)} (${alone.timezone})`;
  return [
    { path, message: `${why[classic.difference]}: ${readings}. ${fix(classic.difference, cron, text)}`, value: text },
  ];
}

function takeTimes(compiled: CompiledSpec, after: Date): Date[] {
  const times: Date[] = [];
  for (const time of iterateFireTimes(compiled, after)) if (times.push(time) >= looked) break;
  return times;
}

const why: Readonly<Record<ClassicReading['difference'], string>> = {
  'either-day': 'day of month and day of week must both match, where classic cron takes either',
  'seconds-first': 'the sixth field is the year, where classic cron takes six fields as seconds first',
  'nth-weekday': '"#" begins a comment, where classic cron takes it as the nth weekday of the month',
};

function fix(difference: ClassicReading['difference'], { fields }: CronFields, text: string): string {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = fields;
  if (difference === 'either-day') {
    const crons = [`${minute} ${hour} ${dayOfMonth} ${month} *`, `${minute} ${hour} * ${month} ${dayOfWeek}`];
    return `Did you mean either day? Write two crons: "${crons[0]}" and "${crons[1]}"`;
  }
  if (difference === 'seconds-first') return `Did you mean seconds first? Write 7 fields: "${text.trim()} *"`;
  const nth = Number(/#(\d)/.exec(text)?.[1] ?? 1);
  return `Did you mean weekday ${nth} of its kind? Write the days it falls on: "${minute} ${hour} ${nth * 7 - 6}-${nth * 7} ${month} ${dayOfWeek}"`;
}
