import { Option } from 'commander';
import { type BackfillOnly, type BackfillOrder, backfillOnly, backfillOrder } from '../../domain/backfill/request.js';
import { AlmanacError } from '../../domain/errors.js';
import { positiveInteger } from '../arguments.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { parseInstant } from '../instant.js';
import { readJsonArgument } from '../json-input.js';
import { backfillLines, planLines } from '../output/backfill-lines.js';
import { timezoneOf } from '../timezone-of.js';
import { watchBackfill } from '../watch-backfill.js';

interface BackfillOptions {
  from: string;
  to: string;
  maxConcurrent: number;
  order: BackfillOrder;
  only: BackfillOnly;
  input?: string;
  dryRun?: true;
  follow?: true;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<id>', 'id of the schedule')
    .requiredOption('--from <time>', 'first fire time, inclusive')
    .requiredOption('--to <time>', 'last fire time, inclusive; not in the future')
    .option('--max-concurrent <n>', 'so many runs at a time', positiveInteger, 1)
    .addOption(
      new Option('--order <order>', 'which end of the range runs first')
        .choices(backfillOrder.options)
        .default('oldest'),
    )
    .addOption(
      new Option('--only <which>', 'slots without a run, slots whose latest run failed, or all that do not run now')
        .choices(backfillOnly.options)
        .default('missing'),
    )
    .option('--input <json>', "another $input than the definition's: JSON, @file, or - for standard input")
    .option('--dry-run', 'show the slots, what happened to each before, and how long it would take; start nothing')
    .option('--follow', 'watch it to its end; exit code 0 when it completed and no run failed')
    .addHelpText(
      'after',
      `\nTimes: 2026-11-23 or 2026-11-23T08:30 on the clocks of the schedule's timezone, 2026-11-23T08:30:00Z, now, -7d, -12h.
The range is frozen when the backfill begins; what runs is the schedule's action as it stands when a slot starts.\n${examples(
        'almanac backfill nightly-orders --from 2026-11-01 --to 2026-11-20T23:59 --dry-run',
        'almanac backfill nightly-orders --from -7d --to now --max-concurrent 3 --follow',
        'almanac backfill nightly-orders --from 2026-11-01 --to now --only failed --order newest',
      )}`,
    )
    .action(async (id: string, { input, dryRun, follow, ...options }: BackfillOptions) => {
      const given = input === undefined ? {} : { input: await readJsonArgument(input, '--input', cli.host) };
      const backend = await cli.backend();
      const timezone = timezoneOf((await backend.describeSchedule(id)).definition);
      const { maxConcurrent, order, only } = options;
      const request = { ...readRange(options, timezone, cli), maxConcurrent, order, only, ...given };
      if (dryRun) {
        const plan = await backend.planBackfill(id, request);
        return cli.print(plan, () => planLines(plan, timezone, cli));
      }
      const backfill = await backend.startBackfill(id, request);
      if (follow) {
        if (!cli.json) cli.err.line(`Started ${backfill.id}`);
        return watchBackfill(cli, backend, backfill.id);
      }
      cli.print(backfill, () => [
        ...backfillLines(backfill, cli),
        `Watch it: almanac backfills show ${backfill.id} --follow`,
      ]);
    });
};

function readRange({ from, to }: BackfillOptions, timezone: string, cli: Cli): { start: string; end: string } {
  const now = cli.host.now();
  const start = parseInstant(from, { flag: '--from', timezone, now });
  const end = parseInstant(to, { flag: '--to', timezone, now });
  if (end < start) {
    throw new AlmanacError('invalid-input', `--to (${end.toISOString()}) is before --from (${start.toISOString()})`, {
      details: [{ path: '--to', message: `must not be before ${start.toISOString()}`, value: to }],
    });
  }
  return { start: start.toISOString(), end: end.toISOString() };
}
