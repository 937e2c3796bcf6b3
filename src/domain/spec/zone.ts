/**
 * Offsets of a timezone, from the runtime's own timezone data (Intl). A time is a whole number of seconds since 1970;
 * an offset is local time minus UTC in seconds.
 */

/** A stretch of time, `start` inclusive and `end` exclusive, in which the offset stays the same. */
export interface ZoneSegment {
  start: number;
  end: number;
  offset: number;
}

export interface Zone {
  /** A segment that holds the time; its ends need not be changes of the offset. */
  segmentAt(time: number): ZoneSegment;
}

const zones = new Map<string, Zone>();

/** @throws RangeError when the runtime does not know the zone */
export function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = name === 'UTC' ? utc : createZone(name);
    zones.set(name, zone);
  }
  return zone;
}

const always: ZoneSegment = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY, offset: 0 };
const utc: Zone = { segmentAt: () => always };

function createZone(name: string): Zone {
  const offsetAt = offsetReader(name);
  const blocks = new Map<number, ZoneSegment[]>();
  let last: ZoneSegment = { start: 0, end: 0, offset: 0 };
  return {
    segmentAt(time) {
      if (time >= last.start && time < last.end) return last;
      const block = Math.floor(time / blockLength);
      let segments = blocks.get(block);
      if (segments === undefined) {
        segments = segmentsOfBlock(block, offsetAt);
        blocks.set(block, segments);
      }
      last = segments.find((segment) => time < segment.end) ?? last;
      return last;
    },
  };
}

/** Segments are found for four years at once, when a time in them is first asked for. */
const blockLength = 1_461 * 86_400;

/**
 * The shortest that any zone has kept, or is foretold to keep, an offset before it went back is an hour under a week
 * (Recife in 2000, Gaza in 2040), so samples nearer than that meet every change.
 */
const sampleStep = 5 * 86_400;

function segmentsOfBlock(block: number, offsetAt: (time: number) => number): ZoneSegment[] {
  const blockEnd = (block + 1) * blockLength;
  const segments: ZoneSegment[] = [];
  let start = block * blockLength;
  let offset = offsetAt(start);
  for (let before = start; before < blockEnd; before += sampleStep) {
    const after = Math.min(before + sampleStep, blockEnd);
    // Two changes within a sample step: the first is looked for again from where it was found.
    for (let from = before; offsetAt(after) !== offset; ) {
      const change = firstChange(from, after, offset, offsetAt);
      segments.push({ start, end: change, offset });
      start = change;
      from = change;
      offset = offsetAt(change);
    }
  }
  if (start < blockEnd) segments.push({ start, end: blockEnd, offset });
  return segments;
}

/** The earliest second in (from, to] whose offset is another than the one at `from`. */
function firstChange(from: number, to: number, offset: number, offsetAt: (time: number) => number): number {
  let same = from;
  let changed = to;
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offsetAt(middle) === offset) same = middle;
    else changed = middle;
  }
  return changed;
}

/** Reads `GMT`, `GMT+02:00` or `GMT-00:44:30` off a formatted date. */
const gmtOffset = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

function offsetReader(name: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  return (time) => {
    const text = format.format(time * 1000);
    const match = gmtOffset.exec(text);
    if (match === null) throw new Error(`no offset in "${text}"`);
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
    const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    return sign === '-' ? -size : size;
  };
}
