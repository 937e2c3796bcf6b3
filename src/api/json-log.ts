import { pino } from 'pino';

/** How long a line may wait for others, in milliseconds. */
const flushMs = 250;

/**
 * Writes JSON lines to standard output. With `buffered`, lines are written together, 8 KiB at a time or four times a second: a
 * system call for each line is a tenth of what a callback costs. What is left is written at the exit; SIGKILL loses it.
 */
export function createJsonLog(level: string, { buffered = false } = {}) {
  const options = { level, base: { service: 'almanac-api' }, timestamp: pino.stdTimeFunctions.isoTime };
  if (!buffered) return pino(options);
  const output = pino.destination({ sync: true, minLength: 8 * 1024, periodicFlush: flushMs });
  process.on('exit', () => output.flushSync());
  return pino(options, output);
}
