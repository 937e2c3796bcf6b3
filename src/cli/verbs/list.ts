import { Option } from 'commander';
import type { ScheduleSummaryView } from '../../domain/views.js';
import { positiveInteger } from '../arguments.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { latestFirst } from '../output/latest-first.js';
import { type Cell, formatTable } from '../output/table.js';
import { count } from '../output/text.js';
import { when } from '../output/when.js';
import { collectPages } from '../pages.js';

interface ListOptions {
  text?: string;
  tag?: string;
  owner?: string;
  paused?: true;
  active?: true;
  limit?: number;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .option('--text <text>', 'only those whose id or description contains this')
    .option('--tag <tag>', 'only those with this tag')
    .option('--owner <name>', 'only those that this owner applied')
    .addOption(new Option('--paused', 'only paused ones').conflicts('active'))
    .addOption(new Option('--active', 'only those that are not paused').conflicts('paused'))
    .option('--limit <n>', 'at most so many (else all)', positiveInteger)
    .addHelpText('after', examples('almanac list', 'almanac list --tag orders --paused', 'almanac list --json'))
    .action(async (options: ListOptions) => {
      const { text, tag, owner, limit } = options;
      const paused = options.paused ?? (options.active ? false : undefined);
      const backend = await cli.backend();
      const list = await collectPages((page) => backend.listSchedules({ text, tag, owner, paused }, page), limit);
      list.items.sort((a, b) => (a.id < b.id ? -1 : 1));
      cli.print(list, () => listLines(list.items, cli));
      if (!cli.json && list.nextPageToken !== undefined) cli.err.line('There are more: raise --limit.');
    });
};

function listLines(items: readonly ScheduleSummaryView[], cli: Cli): string[] {
  const header = ['ID', 'STATE', 'NEXT FIRE', 'LAST FIRE', 'TAGS', 'DESCRIPTION'];
  const table = formatTable(
    header,
    items.map((item): Cell[] => [
      { text: item.id, tone: 'strong' },
      item.paused ? { text: 'paused', tone: 'warn' } : { text: 'active', tone: 'good' },
      item.paused ? '-' : when(cli, item.nextFireTimes[0]),
      when(cli, latestFirst(item.recentRuns)[0]?.startTime),
      item.tags.join(',') || '-',
      item.description ?? '',
    ]),
    cli.out.paint,
    cli.out.isInteractive ? cli.out.columns : undefined,
  );
  return cli.out.isInteractive ? [...table, '', count(items.length, 'schedule')] : table;
}
