import type { CalendarField, Range } from './compiled-spec.js';

/**
 * Parses one field of a calendar as Temporal's server does (makeRange and parseValue in
 * service/worker/scheduler/calendar.go of server 1.31.2), so that the same text gives the same ranges.
 */

interface FieldRule {
  min: number;
  max: number;
  /** Names in order, the first standing for `min`; a prefix of at least `shortest` letters is enough. */
  names?: readonly string[];
  shortest?: number;
  /** What may be written, for messages. */
  allowed: string;
}

const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** The years that calendars know; the server stops looking after the last. */
export const firstYear = 2000;
export const lastYear = 2100;

export const fieldRules: Readonly<Record<CalendarField, FieldRule>> = {
  second: { min: 0, max: 59, allowed: '0-59' },
  minute: { min: 0, max: 59, allowed: '0-59' },
  hour: { min: 0, max: 23, allowed: '0-23' },
  dayOfMonth: { min: 1, max: 31, allowed: '1-31' },
  month: { min: 1, max: 12, names: monthNames, shortest: 3, allowed: '1-12 or jan-dec' },
  year: { min: firstYear, max: lastYear, allowed: `${firstYear}-${lastYear}` },
  dayOfWeek: { min: 0, max: 7, names: dayNames, shortest: 2, allowed: '0-7 (0 and 7 are Sunday) or sun-sat' },
};

/** What is wrong with a text; the words follow the name of the field. */
export interface Fault {
  fault: string;
}

export function isFault(result: object): result is Fault {
  return 'fault' in result;
}

/** Ranges of a field's text: `*`, `5`, `1-5`, `1-5/2`, `3/5` (from 3 to the end), names, and lists of these. */
export function parseField(field: CalendarField, text: string): Range[] | Fault {
  const trimmed = trimSpace(text);
  if (field === 'year' && trimmed === '*') return [];
  const ranges: Range[] = [];
  for (const part of trimmed.split(',')) {
    const parsed = parsePart(field, part);
    if (isFault(parsed)) return parsed;
    ranges.push(...parsed);
  }
  return ranges;
}

function parsePart(field: CalendarField, part: string): Range[] | Fault {
  const { min, max, allowed } = fieldRules[field];
  const refuse = (why: string): Fault => ({ fault: `${why}; allowed are ${allowed}, *, 1-5, */2 and lists of these` });
  const [base = '', stepText, ...more] = part.split('/');
  if (more.length > 0) return refuse(`"${part}" has more than one "/"`);
  const step = stepText === undefined ? 1 : parseInteger(stepText);
  if (step === undefined || step < 1) return refuse(`"${part}" has a step that is not a whole number from 1`);

  if (base === '*') return withSunday(field, min, max, step);
  const [from = '', to, ...rest] = base.split('-');
  if (rest.length > 0) return refuse(`"${part}" has more than one "-"`);
  const start = parseValue(field, from, min);
  if (start === undefined) return refuse(unknownValue(field, from === '' ? part : from));
  if (to === undefined) return withSunday(field, start, stepText === undefined ? start : max, step);
  const end = parseValue(field, to, start);
  if (end === undefined) {
    return parseValue(field, to, min) === undefined
      ? refuse(unknownValue(field, to === '' ? part : to))
      : refuse(`"${part}" ends before it starts (write two ranges in a list instead)`);
  }
  return withSunday(field, start, end, step);
}

/** Day 7 is Sunday, which is day 0: a range that reaches 7 is cut at 6 and gets a range of its own for day 0. */
function withSunday(field: CalendarField, start: number, end: number, step: number): Range[] {
  if (field !== 'dayOfWeek' || end !== 7) return [{ start, end, step }];
  const ranges: Range[] = [];
  if ((7 - start) % step === 0 && (step > 1 || start > 1)) ranges.push({ start: 0, end: 0, step: 1 });
  if (start < 7) ranges.push({ start, end: 6, step });
  return ranges;
}

function parseValue(field: CalendarField, text: string, min: number): number | undefined {
  const rule = fieldRules[field];
  if (rule.names && rule.shortest && text.length >= rule.shortest) {
    const index = rule.names.findIndex((name) => name.startsWith(text.toLowerCase()));
    if (index >= 0) return index + rule.min >= min ? index + rule.min : undefined;
  }
  const value = parseInteger(text);
  return value === undefined || value < min || value > rule.max ? undefined : value;
}

function parseInteger(text: string): number | undefined {
  if (!/^\+?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value < 2 ** 31 ? value : undefined;
}

/** Why a value is refused, with the way out for what other crons know and Temporal does not. */
function unknownValue(field: CalendarField, text: string): string {
  if (text === '?') return '"?" is not known to Temporal (write * instead)';
  if (/^H(\(|$)/.test(text)) return `"${text}" (hashed) is not known to Temporal (write a value, and jitter to spread)`;
  if (field === 'dayOfMonth' && /^L|L$/.test(text)) {
    const perLength = '31 1,3,5,7,8,10,12 then 30 4,6,9,11 then 28 2';
    return `"${text}" (last day) is not known to Temporal (write one entry per length of month: ${perLength})`;
  }
  if (/^\d*[LW]$/.test(text)) return `"${text}" is not known to Temporal`;
  return `"${text}" is not a value`;
}

/** White space as Go's unicode.IsSpace has it, which the server trims and splits by. */
const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const outerSpace = new RegExp(`^${space}+|${space}+$`, 'g');
const innerSpace = new RegExp(`${space}+`);

export function trimSpace(text: string): string {
  return isNoSpace(text.charCodeAt(0)) && isNoSpace(text.charCodeAt(text.length - 1))
    ? text
    : text.replace(outerSpace, '');
}

/** True for the characters that fields are made of; of others the expression knows. */
function isNoSpace(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

export function splitSpace(text: string): string[] {
  const trimmed = trimSpace(text);
  return trimmed === '' ? [] : trimmed.split(innerSpace);
}
