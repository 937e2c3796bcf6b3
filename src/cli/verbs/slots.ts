import { scheduleDefinition } from '../../domain/definition/schedule-definition.js';
import { AlmanacError } from '../../domain/errors.js';
import { compileSpec } from '../../domain/spec/compile-spec.js';
import { positiveInteger } from '../arguments.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { parseInstant } from '../instant.js';
import { slotLines } from '../output/slot-lines.js';
import { collectPages } from '../pages.js';

interface SlotsOptions {
  from?: string;
  to?: string;
  limit: number;
  evidence?: true;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<id>', 'id of the schedule')
    .option('--from <time>', 'from this time on, inclusive (else 24 hours before --to)')
    .option('--to <time>', 'until this time, inclusive (else now)')
    .option('--limit <n>', 'at most so many', positiveInteger, 100)
    .option('--evidence', 'how each is known, sentence by sentence')
    .addHelpText(
      'after',
      `\nTimes: 2026-11-23 or 2026-11-23T08:30 on the clocks of the schedule's timezone, 2026-11-23T08:30:00Z, now, +7d, -12h.\n${examples(
        'almanac slots nightly-orders',
        'almanac slots nightly-orders --from 2026-11-01 --to 2026-11-30 --evidence',
        `almanac slots nightly-orders --from -7d --json | jq '.items[] | select(.status != "ran")'`,
      )}`,
    )
    .action(async (id: string, options: SlotsOptions) => {
      const backend = await cli.backend();
      const timezone = timezoneOf((await backend.describeSchedule(id)).definition);
      const range = readRange(options, timezone, cli);
      const list = await collectPages((page) => backend.listSlots(id, range, page), options.limit);
      cli.print(list, () => slotLines(list.items, timezone, options.evidence === true, cli));
      if (!cli.json && list.nextPageToken !== undefined) cli.err.line('There are more: raise --limit.');
    });
};

/** Of a definition that may come from another version of Almanac, or be missing. */
function timezoneOf(definition: unknown): string {
  const parsed = scheduleDefinition.safeParse(definition);
  return parsed.success ? compileSpec(parsed.data.spec).timezone : 'UTC';
}

const dayMs = 24 * 3_600_000;

function readRange({ from, to }: SlotsOptions, timezone: string, cli: Cli): { start: string; end: string } {
  const now = cli.host.now();
  const end = to === undefined ? undefined : parseInstant(to, { flag: '--to', timezone, now }).getTime();
  const first =
    from === undefined ? (end ?? now) - dayMs : parseInstant(from, { flag: '--from', timezone, now }).getTime();
  // With a time to come alone, the day after it is meant.
  const last = end ?? (first < now ? now : first + dayMs);
  if (last < first) {
    const [start, until] = [new Date(first).toISOString(), new Date(last).toISOString()];
    throw new AlmanacError('invalid-input', `--to (${until}) is before --from (${start})`, {
      details: [{ path: '--to', message: `must not be before ${start}`, value: to }],
    });
  }
  // The API's start is exclusive; a person who says midnight means the fire of midnight too.
  return { start: new Date(first - 1).toISOString(), end: new Date(last).toISOString() };
}
