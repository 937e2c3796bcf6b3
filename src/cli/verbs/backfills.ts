import { Argument } from 'commander';
import type { BackfillView } from '../../domain/backfill/views.js';
import { AlmanacError } from '../../domain/errors.js';
import { positiveInteger } from '../arguments.js';
import type { Backend } from '../backend/backend.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { backfillLines, backfillTable } from '../output/backfill-lines.js';
import { collectPages } from '../pages.js';
import { watchBackfill } from '../watch-backfill.js';

const actions = ['list', 'show', 'pause', 'resume', 'cancel'] as const;
type Action = (typeof actions)[number];

interface BackfillsOptions {
  schedule?: string;
  limit: number;
  follow?: true;
  note?: string;
  runs?: true;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .addArgument(new Argument('[action]', 'what to do').choices([...actions]).default('list'))
    .argument('[id]', 'id of the backfill, as backfill and list print it')
    .option('--schedule <id>', 'list: only backfills of this schedule')
    .option('--limit <n>', 'list: at most so many', positiveInteger, 20)
    .option('--follow', 'show: watch it to its end; Ctrl-C leaves the backfill alone')
    .option('--note <text>', 'pause, resume, cancel: why; kept with the backfill')
    .option('--runs', 'cancel: its open runs too (else they go on)')
    .addHelpText(
      'after',
      examples(
        'almanac backfills',
        'almanac backfills show backfill-nightly-orders-3f9c2a71b0d4 --follow',
        'almanac backfills pause backfill-nightly-orders-3f9c2a71b0d4 --note "the warehouse is down"',
        'almanac backfills cancel backfill-nightly-orders-3f9c2a71b0d4 --runs',
      ),
    )
    .action(async (action: Action, id: string | undefined, options: BackfillsOptions) => {
      const backend = await cli.backend();
      if (action === 'list') return list(cli, backend, options, id);
      if (id === undefined) {
        throw new AlmanacError('invalid-input', `backfills ${action} needs the id of a backfill: almanac backfills`);
      }
      if (action === 'show' && options.follow) return watchBackfill(cli, backend, id);
      const backfill = await act(backend, action, id, options);
      cli.print(backfill, () => backfillLines(backfill, cli));
    });
};

async function list(cli: Cli, backend: Backend, { schedule, limit }: BackfillsOptions, id: string | undefined) {
  if (id !== undefined) throw new AlmanacError('invalid-input', 'list takes no id: say show, or --schedule');
  const found = await collectPages((page) => backend.listBackfills({ scheduleId: schedule }, page), limit);
  cli.print(found, () => backfillTable(found.items, cli));
  if (cli.out.isInteractive && !cli.json && found.nextPageToken !== undefined) {
    cli.err.line('There are more: raise --limit.');
  }
}

function act(
  backend: Backend,
  action: Exclude<Action, 'list'>,
  id: string,
  { note, runs = false }: { note?: string; runs?: boolean },
): Promise<BackfillView> {
  switch (action) {
    case 'show':
      return backend.getBackfill(id);
    case 'pause':
      return backend.pauseBackfill(id, note);
    case 'resume':
      return backend.resumeBackfill(id, note);
    case 'cancel':
      return backend.cancelBackfill(id, { runs, note });
  }
}
