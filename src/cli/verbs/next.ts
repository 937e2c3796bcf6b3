import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { AlmanacError } from '../../domain/errors.js';
import type { FireTimesView } from '../../domain/views.js';
import { positiveInteger } from '../arguments.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { parseInstant } from '../instant.js';
import { fireTimeLines } from '../output/fire-time-lines.js';
import { timezoneOf } from '../timezone-of.js';

interface NextOptions {
  from?: string;
  to?: string;
  number?: number;
}

/** A time window in which fire times are asked for. */
interface Window {
  /** Exclusive. */
  start: Date;
  /** Inclusive. */
  end: Date;
  limit: number;
}

/** Fire times of one schedule and the timezone to show them in. */
interface FireTimesSource {
  timezone: string;
  read(window: Window): Promise<FireTimesView>;
}

const defaultNumber = 10;
/** What the server gives at most; with --to all of the window are wanted. */
const largestNumber = 1000;
/** Without --to: far enough for 29 February of a leap year, and short enough for a search that finds little. */
const defaultYears = 10;

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<file|id>', 'a schedule file (computed here), or the id of a stored schedule (asked of the server)')
    .option('--from <time>', 'after this time (else now)')
    .option('--to <time>', `until this time, inclusive (else ${defaultYears} years on)`)
    .option('-n, --number <n>', `at most so many (else ${defaultNumber}; with --to ${largestNumber})`, positiveInteger)
    .addHelpText(
      'after',
      `\nTimes: 2026-11-23 or 2026-11-23T08:30 on the clocks of the schedule's timezone, 2026-11-23T08:30:00Z, now, +7d, -12h.
Jitter is left out.\n${examples(
        'almanac next schedules/nightly-orders.json',
        'almanac next nightly-orders -n 3',
        'almanac next nightly-orders --from 2026-12-24 --to 2027-01-02 --json',
      )}`,
    )
    .action(async (target: string, options: NextOptions) => {
      const source = isFile(target, cli) ? await fileSource(target, cli) : await storedSource(target, cli);
      const found = await source.read(readWindow(options, source.timezone, cli));
      cli.print(found, () => nextLines(found, source.timezone, cli));
    });
};

function isFile(target: string, cli: Cli): boolean {
  const resolved = path.resolve(cli.host.cwd, target);
  return target.endsWith('.json') || /[\\/]/.test(target) || (existsSync(resolved) && statSync(resolved).isFile());
}

async function fileSource(file: string, cli: Cli): Promise<FireTimesSource> {
  const [{ loadDefinitionFile }, { compileSpec }, { fireTimesBetween }] = await Promise.all([
    import('../definitions.js'),
    import('../../domain/spec/compile-spec.js'),
    import('../../domain/spec/fire-times.js'),
  ]);
  const { spec } = await loadDefinitionFile(file, cli);
  const compiled = compileSpec(spec);
  return { timezone: compiled.timezone, read: async (window) => fireTimesBetween(compiled, window) };
}

async function storedSource(id: string, cli: Cli): Promise<FireTimesSource> {
  const backend = await cli.backend();
  const { definition } = await backend.describeSchedule(id);
  return {
    timezone: timezoneOf(definition),
    read: ({ start, end, limit }) =>
      backend.fireTimes(id, { start: start.toISOString(), end: end.toISOString(), limit }),
  };
}

function readWindow({ from, to, number }: NextOptions, timezone: string, cli: Cli): Window {
  const now = cli.host.now();
  const start = parseInstant(from ?? 'now', { flag: '--from', timezone, now });
  const end = to === undefined ? yearsAfter(start) : parseInstant(to, { flag: '--to', timezone, now });
  if (end < start) {
    throw new AlmanacError('invalid-input', `--to (${end.toISOString()}) is before --from (${start.toISOString()})`);
  }
  return { start, end, limit: number ?? (to === undefined ? defaultNumber : largestNumber) };
}

function yearsAfter(start: Date): Date {
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + defaultYears);
  return end;
}

function nextLines({ fireTimes, truncated }: FireTimesView, timezone: string, cli: Cli): string[] {
  if (fireTimes.length === 0) return ['No fire times in this window.'];
  const lines = fireTimeLines(
    fireTimes.map((time) => Date.parse(time)),
    timezone,
    cli,
  );
  return truncated && cli.out.isInteractive ? [...lines, cli.out.paint('faint', 'There are more: raise -n.')] : lines;
}
