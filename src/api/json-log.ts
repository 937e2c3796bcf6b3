import { type DestinationStream, pino } from 'pino';

/** How long a line may wait for others, in milliseconds. */
const flushMs = 250;

/** JSON lines of the API, to standard output unless said, each as it comes. */
export function createJsonLog(level: string, destination: DestinationStream = pino.destination({ sync: true })) {
  const options = { level, base: { service: 'almanac-api' }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination);
}

/**
 * Standard output that is written 8 KiB at a time or four times a second: a system call for each line is a tenth of what a
 * callback costs. What is left is written at the exit; SIGKILL loses it.
 */
export function bufferedOutput(): DestinationStream {
  const output = pino.destination({ sync: true, minLength: 8 * 1024, periodicFlush: flushMs });
  process.on('exit', () => output.flushSync());
  return output;
}
