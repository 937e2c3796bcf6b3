import { z } from 'zod';
import type { ErrorDetail } from '../errors.js';
import { spanOf } from '../spec/date-span.js';
import { toDetail } from './fault.js';
import { parseJson } from './json-position.js';
import { explain, faultsOf } from './messages.js';
import { checkDates } from './rules/dates.js';
import { type SkipDate, skipDate } from './spec.js';

/** A file that `skipDates` names: its text, or why it cannot be read. */
export type DateFile = { file: string; text: string } | { file: string; problem: string };

export interface ParsedDates {
  dates: SkipDate[];
  errors: ErrorDetail[];
  warnings: ErrorDetail[];
}

const warnDays = 60;
const dayMs = 86_400_000;
const dateList = z.array(skipDate).min(1);

/** Dates of a calendar file: a JSON list of `YYYY-MM-DD`, `{ "date", "comment"? }` or `{ "from", "to", "comment"? }`. A list that runs out soon is a warning. */
export function parseDates(file: string, text: string, now: Date): ParsedDates {
  const json = parseJson(text);
  const errors: ErrorDetail[] = json.faults.map((fault) => ({ file, ...fault }));
  if (json.value === undefined) return { dates: [], errors, warnings: [] };
  const at = (path: string, target: 'key' | 'value' = 'value') => ({ file, ...json.positionOf(path, target) });
  const parsed = dateList.safeParse(json.value, { error: explain });
  const faults = parsed.success ? [] : faultsOf(parsed.error.issues, json.value);
  for (const fault of [...faults, ...checkDates(json.value)]) {
    const detail = toDetail(fault);
    errors.push({ ...at(detail.path, fault.atKey ? 'key' : 'value'), ...detail });
  }
  if (!parsed.success) return { dates: [], errors, warnings: [] };
  const ends = parsed.data.map((entry) => spanOf(entry).to);
  // ISO dates sort as text.
  const last = ends.toSorted().at(-1) ?? '';
  const lastPath = `[${ends.indexOf(last)}]`;
  const left = Math.floor((Date.parse(last) - now.getTime()) / dayMs) + 1;
  const message =
    left < 0
      ? `the last date is past: nothing is skipped any more; add the next dates`
      : `the last date is ${left === 1 ? '1 day' : `${left} days`} away; add the next dates`;
  const warnings = left <= warnDays ? [{ ...at(lastPath), path: lastPath, message, value: last }] : [];
  return { dates: parsed.data, errors, warnings };
}
