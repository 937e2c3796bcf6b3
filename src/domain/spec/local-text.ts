import { zoneOf } from './zone.js';

/** `2027-08-13 00:00`: a time as the clocks of a zone show it; seconds only where there are any. */
export function localText(time: Date, timezone: string): string {
  const { offset } = zoneOf(timezone).segmentAt(Math.floor(time.getTime() / 1000));
  const text = new Date(time.getTime() + offset * 1000).toISOString();
  const seconds = text.slice(16, 19);
  return `${text.slice(0, 10)} ${text.slice(11, 16)}${seconds === ':00' ? '' : seconds}`;
}
