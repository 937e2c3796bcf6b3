/** Told when a value that had been read can't be read again; the last good one then stays in use. */
export type RefreshReport = (error: unknown) => void;

/** A value read over the network. `lacks` tells that the kept one may be out of date: it is then read again, unless that was just done. */
export type Refreshed<T> = (lacks?: (value: T) => boolean) => Promise<T>;

export interface RefreshTimes {
  /** How long a value is used before it is read again, in milliseconds. */
  keepMs: number;
  /** Least time between two reads on behalf of callers whom the value lacks: anybody can make up a key. */
  pauseMs: number;
  now: () => number;
}

export const defaultRefreshTimes: RefreshTimes = { keepMs: 5 * 60_000, pauseMs: 30_000, now: () => Date.now() };

/**
 * Keeps what `read` yields. It is read at the first call, by all who call at that moment together, then when it is old or lacks what a
 * caller needs. A first read that fails is the caller's to see; a later one leaves the last value in use.
 */
export function refreshed<T>(
  read: () => Promise<T>,
  report: RefreshReport,
  { keepMs, pauseMs, now }: RefreshTimes = defaultRefreshTimes,
): Refreshed<T> {
  let last: { at: number; value: T } | undefined;
  let reading: Promise<T> | undefined;
  const refresh = async (): Promise<T> => {
    try {
      last = { at: now(), value: await read() };
    } catch (error) {
      if (last === undefined) throw error;
      report(error);
      last = { ...last, at: now() };
    }
    return last.value;
  };
  return async (lacks) => {
    if (last !== undefined && now() - last.at < (lacks?.(last.value) ? pauseMs : keepMs)) return last.value;
    reading ??= refresh().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}
