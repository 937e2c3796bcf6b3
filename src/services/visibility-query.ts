import { AlmanacError } from '../domain/errors.js';

/** A condition of a visibility query: `name = 'value'`, with the value quoted so that it can't end the string. */
export function equals(name: string, value: string): string {
  return `${name} = ${quote(value)}`;
}

/** @throws AlmanacError invalid-input for a zero character: the server takes it for the end of the query, and for its own fault */
export function quote(value: string): string {
  if (value.includes('\0')) throw new AlmanacError('invalid-input', 'a text to look for may not hold a zero character');
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

export function allOf(conditions: (string | undefined)[]): string {
  return conditions.filter((condition) => condition !== undefined).join(' AND ');
}

/** Runs of a schedule: ours carry its id, those of schedules that Almanac did not make carry the server's. */
export function runsOfSchedule(id: string): string {
  return `(${equals('AlmanacScheduleId', id)} OR ${equals('TemporalScheduledById', id)})`;
}
