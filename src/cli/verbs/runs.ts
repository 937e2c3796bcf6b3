import { Option } from 'commander';
import { type RunStatus, type RunSummaryView, runStatus } from '../../domain/views.js';
import { positiveInteger } from '../arguments.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { spanMs } from '../output/run-lines.js';
import { runStatusCell } from '../output/status.js';
import { type Cell, formatTable } from '../output/table.js';
import { formatSpan } from '../output/time.js';
import { when } from '../output/when.js';
import { collectPages } from '../pages.js';

interface RunsOptions {
  status?: RunStatus;
  backfill?: string;
  limit: number;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('[id]', 'only runs of this schedule')
    .addOption(new Option('--status <status>', 'only runs in this status').choices(runStatus.options))
    .option('--backfill <id>', 'only runs that this backfill started')
    .option('--limit <n>', 'at most so many', positiveInteger, 20)
    .addHelpText(
      'after',
      examples('almanac runs', 'almanac runs nightly-orders --status failed', 'almanac runs --limit 100 --json'),
    )
    .action(async (scheduleId: string | undefined, { status, backfill, limit }: RunsOptions) => {
      const backend = await cli.backend();
      const list = await collectPages(
        (page) => backend.listRuns({ scheduleId, status, backfillId: backfill }, page),
        limit,
      );
      cli.print(list, () => runsLines(list.items, cli));
      if (cli.out.isInteractive && !cli.json && list.nextPageToken !== undefined) {
        cli.err.line('There are more: raise --limit.');
      }
    });
};

function runsLines(items: readonly RunSummaryView[], cli: Cli): string[] {
  if (items.length === 0 && cli.out.isInteractive) return ['No runs.'];
  const header = ['STATUS', 'SCHEDULE', 'SCHEDULED', 'STARTED', 'DURATION', 'WORKFLOW ID'];
  const rows = items.map((run): Cell[] => [
    runStatusCell(run.status, cli.out),
    run.scheduleId ?? '-',
    when(cli, run.scheduledTime),
    when(cli, run.startTime),
    formatSpan(spanMs(run, cli.host.now()) ?? 0),
    run.workflowId,
  ]);
  return formatTable(header, rows, cli.out.paint);
}
