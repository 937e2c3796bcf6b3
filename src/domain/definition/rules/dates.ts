import { type Fault, field, formatPath, listOf, type Path } from '../fault.js';

/** What the schema of a list of skipped dates cannot see: dates that are given twice. */
export function checkDates(value: unknown, base: Path = []): Fault[] {
  const dates = listOf(value).map((entry) => (typeof entry === 'string' ? entry : field(entry, 'date')));
  return dates.flatMap((date, index): Fault[] => {
    const first = dates.indexOf(date);
    if (typeof date !== 'string' || first === index) return [];
    const message = `the date is listed already (${formatPath([...base, first])})`;
    return [{ path: [...base, index], message, value: date }];
  });
}
