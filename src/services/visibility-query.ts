/** A condition of a visibility query: `name = 'value'`, with the value quoted so that it can't end the string. */
export function equals(name: string, value: string): string {
  return `${name} = ${quote(value)}`;
}

export function quote(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

export function allOf(conditions: (string | undefined)[]): string {
  return conditions.filter((condition) => condition !== undefined).join(' AND ');
}

/** Runs of a schedule: ours carry its id, those of schedules that Almanac did not make carry the server's. */
export function runsOfSchedule(id: string): string {
  return `(${equals('AlmanacScheduleId', id)} OR ${equals('TemporalScheduledById', id)})`;
}
