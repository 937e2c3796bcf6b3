import type { Cli } from '../cli.js';
import { formatLocal, formatRelative } from './time.js';

/**
 * An instant in a column: for a person `09:30 tomorrow` is worth more than UTC, for a pipe one exact word is.
 *
 * @param instant ISO 8601 UTC, as the API gives it
 */
export function when(cli: Cli, instant: string | null | undefined): string {
  if (instant === null || instant === undefined) return '-';
  if (!cli.out.isInteractive) return instant;
  const ms = Date.parse(instant);
  return `${formatLocal(ms, machineTimezone())} (${formatRelative(ms, cli.host.now())})`;
}

export function machineTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
