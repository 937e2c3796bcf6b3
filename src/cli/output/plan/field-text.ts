import type { FieldChange } from '../../../domain/plan/plan.js';
import { oneLine, shorten } from '../text.js';

/** One changed field: a sign, where it is, and what becomes what. */
export interface FieldText {
  sign: '+' | '~' | '-';
  path: string;
  /** Absent where there was nothing. */
  before?: string;
  /** Absent where there is to be nothing. */
  after?: string;
}

const longest = 60;
/** Of a long text, so much before the first difference is shown. */
const context = 12;

/** @param width at most so many characters a value, of long ones the part that differs */
export function fieldText({ path, before, after }: FieldChange, width = longest): FieldText {
  const [from, to] = [jsonText(before), jsonText(after)];
  if (from === undefined) return { sign: '+', path, after: shorten(to ?? 'null', width) };
  if (to === undefined) return { sign: '-', path, before: shorten(from, width) };
  const skipped = from.length > width || to.length > width ? Math.max(0, samePrefix(from, to) - context) : 0;
  const cut = (text: string) => shorten(skipped === 0 ? text : `…${text.slice(skipped)}`, width);
  return { sign: '~', path, before: cut(from), after: cut(to) };
}

function jsonText(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : oneLine(JSON.stringify(value));
}

function samePrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
