import { z } from 'zod';
import type { ErrorDetail } from '../errors.js';
import { field, listOf, toDetail } from './fault.js';
import { parseJson } from './json-position.js';
import { explain, faultsOf } from './messages.js';
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

/** Dates of a calendar file: a JSON list of `YYYY-MM-DD` or `{ "date", "comment" }`. A list that runs out soon is a warning. */
export function parseDates(file: string, text: string, now: Date): ParsedDates {
  const json = parseJson(text);
  const errors: ErrorDetail[] = json.faults.map((fault) => ({ file, ...fault }));
  if (json.value === undefined) return { dates: [], errors, warnings: [] };
  const at = (path: string) => ({ file, ...json.positionOf(path) });
  const parsed = dateList.safeParse(json.value, { error: explain });
  if (!parsed.success) {
    errors.push(
      ...faultsOf(parsed.error.issues, json.value).map((fault) => {
        const detail = toDetail(fault);
        return { ...at(detail.path), ...detail };
      }),
    );
  }
  const days = listOf(json.value).map((entry) => (typeof entry === 'string' ? entry : field(entry, 'date')));
  for (const [index, day] of days.entries()) {
    const first = days.indexOf(day);
    if (typeof day !== 'string' || first === index) continue;
    errors.push({
      ...at(`[${index}]`),
      path: `[${index}]`,
      message: `the date is listed already ([${first}])`,
      value: day,
    });
  }
  if (!parsed.success) return { dates: [], errors, warnings: [] };
  const last =
    days
      .filter((day) => typeof day === 'string')
      .toSorted()
      .at(-1) ?? '';
  const lastPath = `[${days.indexOf(last)}]`;
  const left = Math.floor((Date.parse(last) - now.getTime()) / dayMs) + 1;
  const message =
    left < 0
      ? `the last date is past: nothing is skipped any more; add the next dates`
      : `the last date is ${left === 1 ? '1 day' : `${left} days`} away; add the next dates`;
  const warnings = left <= warnDays ? [{ ...at(lastPath), path: lastPath, message, value: last }] : [];
  return { dates: parsed.data, errors, warnings };
}
