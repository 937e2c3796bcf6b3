import { type ScheduleSpec, scheduleSpec } from '../../../src/domain/definition/spec.js';
import { zoneOf } from '../../../src/domain/spec/zone.js';

/** A generator of numbers in [0, 1) that gives the same sequence for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Zones whose clocks do all that clocks do: whole, half and two-hour changes, at midnight, and over a lost day. */
const zones = [
  'UTC',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Juba',
  'Africa/Monrovia',
  'America/Argentina/San_Luis',
  'America/Asuncion',
  'America/Caracas',
  'America/Havana',
  'America/Los_Angeles',
  'America/New_York',
  'America/Recife',
  'America/Santiago',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Pyongyang',
  'Asia/Tehran',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/London',
  'Europe/Moscow',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Fiji',
  'Pacific/Kiritimati',
  'Pacific/Kwajalein',
];

export interface Case {
  spec: ScheduleSpec;
  start: Date;
  end: Date;
}

const names = [
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
  '@every 95m/7m',
  '@every 6h/15m',
  '@every 1h30m',
  '@every 2d/1h',
];

const policies = [
  { gap: 'skip' },
  { gap: 'shift' },
  { fold: 'first' },
  { fold: 'both' },
  { gap: 'shift', fold: 'first' },
  { gap: 'skip', fold: 'both' },
];

/** What other crons know and the server refuses, each in a field where people write it. */
const refused = [
  '0 0 L * *',
  '0 0 15W * *',
  '0 0 ? * 1',
  'H 2 * * *',
  '60 * * * *',
  '0 24 * * *',
  '*/0 * * * *',
  '0 0 * * 8',
];

export interface CaseOptions {
  /** The share of specs that say what to do on days on which the clock changes. */
  dst?: number;
}

/** A random spec with a window of some days, around a change of the clock where the zone has one that year. */
export function randomCase(random: () => number, { dst = 0 }: CaseOptions = {}): Case {
  const choose = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const chance = (share: number) => random() < share;
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));

  const timezone = choose(zones);
  const policy = dst > 0 && chance(dst) ? choose(policies) : undefined;
  const firstYear = policy === undefined ? 1971 : 2020;
  const middle = chance(policy === undefined ? 0.8 : 1)
    ? changeOfClock(timezone, between(firstYear, 2060), random)
    : undefined;
  const centre =
    middle ?? Date.UTC(between(firstYear, 2098), between(0, 11), between(1, 28), between(0, 23), between(0, 59));
  const spread = choose([6, 30, 80, 400]) * 3_600_000;
  const start = new Date(centre - Math.floor(random() * spread) - choose([0, 3_600_000, 1]));
  const end = new Date(centre + Math.floor(random() * spread));
  const date = new Date(centre);

  const list = (low: number, high: number, name?: (value: number) => string) => {
    const text = (value: number) => (name && chance(0.3) ? name(value) : String(value));
    const part = () => {
      const from = between(low, high);
      const step = chance(0.4) ? `/${between(1, Math.max(2, high - low))}` : '';
      if (chance(0.3)) return `${text(from)}-${text(between(from, high))}${step}`;
      return chance(0.2) ? `*${step}` : `${text(from)}${step}`;
    };
    return Array.from({ length: choose([1, 1, 1, 2, 3]) }, part).join(',');
  };
  const months = ['jan', 'February', 'mar', 'apr', 'may', 'june', 'jul', 'aug', 'sept', 'oct', 'nov', 'dec'];
  const days = ['su', 'mon', 'tues', 'wed', 'th', 'friday', 'sat'];
  const fields = {
    second: () => (chance(0.6) ? '0' : list(0, 59)),
    minute: () => choose([String(between(0, 59)), '0', '*/15', list(0, 59)]),
    hour: () => choose(['*', String(between(0, 4)), list(0, 23), '*/2']),
    dayOfMonth: () => (chance(0.7) ? '*' : choose(['29', '28-31', '31', list(1, 31)])),
    month: () => choose(['*', '*', String(date.getUTCMonth() + 1), list(1, 12, (value) => months[value - 1] ?? '')]),
    dayOfWeek: () => (chance(0.6) ? '*' : list(0, 7, (value) => days[value % 7] ?? '')),
    year: () => (chance(0.9) ? '*' : list(2000, 2100)),
  };
  const cron = () => {
    const five = [fields.minute(), fields.hour(), fields.dayOfMonth(), fields.month(), fields.dayOfWeek()];
    const text = choose([five, [...five, fields.year()], [fields.second(), ...five, fields.year()]]).join(' ');
    return chance(0.2) ? `${text} # why ${between(1, 9)}` : text;
  };
  const some = <T>(make: (name: string) => T, share: number): Record<string, T> =>
    Object.fromEntries(Object.keys(fields).flatMap((name) => (chance(share) ? [[name, make(name)]] : [])));
  const fieldText = (name: string) => fields[name as keyof typeof fields]();
  const interval = () => {
    const every = choose([1, 7, 60, 900, 3600, 5400, 86_400, 604_800]) * between(1, 9);
    return { every: `${every}s`, ...(chance(0.5) ? { offset: `${between(0, every - 1)}s` } : {}) };
  };
  const near = (hours: number) => centre + Math.floor((random() - 0.5) * 2 * hours * 3_600_000);
  const calendarDate = () => new Date(near(72)).toISOString().slice(0, 10);
  const freeze = () => {
    const from = near(72);
    const to = from + choose([0, 1, 9, 40, 400]) * 86_400_000;
    return { from: new Date(from).toISOString().slice(0, 10), to: new Date(to).toISOString().slice(0, 10) };
  };
  const kind = choose(['cron', 'cron', 'cron', 'calendars', 'calendars', 'intervals', 'mixed']);
  const inCron = kind === 'cron' && chance(0.15) ? `${choose(['CRON_TZ', 'TZ'])}=${timezone} ` : '';
  const crons = ['cron', 'mixed'].includes(kind) ? [inCron + cron(), ...(chance(0.3) ? [inCron + cron()] : [])] : [];
  if (kind !== 'calendars' && inCron === '' && chance(0.1)) crons.push(choose(names));
  if (crons.length > 0 && chance(0.02)) crons.push(choose(refused));
  const startAt = near(12);
  return {
    start,
    end,
    spec: scheduleSpec.parse({
      ...(crons.length ? { cron: crons } : {}),
      ...(['calendars', 'mixed'].includes(kind) ? { calendars: [some(fieldText, 0.5)] } : {}),
      ...(['intervals', 'mixed'].includes(kind) ? { intervals: [interval()] } : {}),
      ...(chance(0.3) ? { skip: [some(fieldText, 0.4)] } : {}),
      // Calendars know the years from 2000 only.
      ...(chance(0.2) && centre > Date.UTC(2000, 1)
        ? { skipDates: [calendarDate(), chance(0.5) ? calendarDate() : freeze()] }
        : {}),
      ...(inCron === '' && timezone !== 'UTC' ? { timezone } : {}),
      ...(policy === undefined ? {} : { dst: policy }),
      ...(chance(0.1) ? { startAt: new Date(startAt).toISOString() } : {}),
      ...(chance(0.1) ? { endAt: new Date(Math.max(startAt + 1, near(48))).toISOString() } : {}),
    }),
  };
}

/** Milliseconds of a random change of the offset within a year. */
function changeOfClock(timezone: string, year: number, random: () => number): number | undefined {
  const zone = zoneOf(timezone);
  const changes: number[] = [];
  const yearEnd = Date.UTC(year + 1, 0) / 1000;
  for (let time = Date.UTC(year, 0) / 1000; time < yearEnd; time = zone.segmentAt(time).end) changes.push(time);
  const change = changes[1 + Math.floor(random() * (changes.length - 1))];
  return change === undefined ? undefined : change * 1000;
}
