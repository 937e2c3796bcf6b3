import { CronExpressionParser } from 'cron-parser';
import { isFault, trimSpace } from './calendar-field.js';
import { type CronFields, parseCron } from './cron.js';

/**
 * How crons are read elsewhere, by cron-parser: day of month OR day of week when both are given, seconds first in six
 * fields, `5#3` for the third Friday. Only for messages: it must never decide when something fires.
 */

export interface ClassicReading {
  /** In which way the two readings part. */
  difference: 'either-day' | 'seconds-first' | 'nth-weekday';
  /** The next times by the classic reading. */
  times: Date[];
}

interface ClassicWindow {
  after: Date;
  /** Nothing is looked for beyond: cron-parser is slow where days are far between. */
  until: Date;
  timezone: string;
  count: number;
}

/** The classic reading of a cron, where it may part from Temporal's; undefined where it can't or there is none. */
export function readClassically(text: string, window: ClassicWindow): ClassicReading | undefined {
  const cron = parseCron(text);
  if (isFault(cron) || cron.kind === 'interval') return undefined;
  const expression = classicExpression(text);
  const difference = possibleDifference(cron, expression);
  if (difference === undefined) return undefined;
  const times = classicTimes(expression, window);
  return times === undefined ? undefined : { difference, times };
}

/** Without the timezone and without a comment; a `#` that touches a field belongs to it. */
function classicExpression(text: string): string {
  return trimSpace(text)
    .replace(/^(?:CRON_)?TZ=\S* /, '')
    .replace(/(^|\s)#.*$/s, '')
    .trim();
}

function possibleDifference(
  { fields, count }: CronFields,
  expression: string,
): ClassicReading['difference'] | undefined {
  if (expression.includes('#')) return 'nth-weekday';
  if (count === 6) return 'seconds-first';
  if (count === 5 && fields.dayOfMonth !== '*' && fields.dayOfWeek !== '*') return 'either-day';
  return undefined;
}

function classicTimes(expression: string, { after, until, timezone, count }: ClassicWindow): Date[] | undefined {
  const times: Date[] = [];
  try {
    const classic = CronExpressionParser.parse(expression, { currentDate: after, endDate: until, tz: timezone });
    while (times.length < count && classic.hasNext()) times.push(classic.next().toDate());
  } catch {
    // Not a cron by the classic rules.
    return undefined;
  }
  return times;
}
