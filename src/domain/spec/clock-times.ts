import type { CompiledCalendar } from './compiled-spec.js';
import { nextValues } from './range-tables.js';

/** The times of day of a calendar, in seconds since midnight. */
export interface ClockTimes {
  matches(clock: number): boolean;
  /** The first one from the given second on; {@link daySeconds} when there is none that day. */
  from(clock: number): number;
}

export const daySeconds = 86_400;

export function clockTimes(calendar: CompiledCalendar): ClockTimes {
  const hours = nextValues(calendar.hour, 24);
  const minutes = nextValues(calendar.minute, 60);
  const seconds = nextValues(calendar.second, 60);
  const firstInHour = (minutes[0] as number) * 60 + (seconds[0] as number);
  const isEmpty = hours[0] === 24 || minutes[0] === 60 || seconds[0] === 60;

  /** From the start of an hour. */
  const fromHour = (hour: number): number => {
    const next = hours[hour] as number;
    return next >= 24 ? daySeconds : next * 3600 + firstInHour;
  };
  return {
    matches(clock) {
      const minute = Math.floor(clock / 60);
      return (
        hours[Math.floor(minute / 60)] === Math.floor(minute / 60) &&
        minutes[minute % 60] === minute % 60 &&
        seconds[clock % 60] === clock % 60
      );
    },
    from(clock) {
      if (isEmpty || clock >= daySeconds) return daySeconds;
      const hour = Math.floor(clock / 3600);
      if (hours[hour] !== hour) return fromHour(hour);
      let minute = Math.floor(clock / 60) % 60;
      let second = seconds[clock % 60] as number;
      if (minutes[minute] !== minute || second >= 60) {
        if (minutes[minute] === minute) minute += 1;
        minute = minutes[minute] as number;
        if (minute >= 60) return fromHour(hour + 1);
        second = seconds[0] as number;
      }
      return hour * 3600 + minute * 60 + second;
    },
  };
}
