import type { PendingCallbackView } from '../../domain/views.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { formatProgress, progressFacts } from '../output/progress.js';
import { startedAt } from '../output/run-lines.js';
import { type Cell, formatTable } from '../output/table.js';
import { when } from '../output/when.js';
import { collectPages } from '../pages.js';

export const configure: ConfigureVerb = (command, cli) => {
  command
    .addHelpText('after', examples('almanac callbacks', "almanac callbacks --json | jq '.items | length'"))
    .action(async () => {
      const backend = await cli.backend();
      const list = await collectPages((page) => backend.listCallbacks(page));
      cli.print(list, () => callbackLines(list.items, cli));
    });
};

function callbackLines(items: readonly PendingCallbackView[], cli: Cli): string[] {
  if (items.length === 0 && cli.out.isInteractive) return ['No run waits for a callback.'];
  const header = ['SCHEDULE', 'STEP', 'USES', 'ATTEMPT', 'SINCE', 'OPEN UNTIL', 'WORKFLOW ID', 'PROGRESS'];
  const now = cli.host.now();
  const rows = items.map((item): Cell[] => [
    item.scheduleId ?? '-',
    { text: item.step, tone: 'strong' },
    item.uses,
    String(item.attempt),
    when(cli, item.startTime),
    when(cli, item.expiresAt),
    item.workflowId,
    item.progress === undefined
      ? ''
      : formatProgress(item.progress, progressFacts(item.progress, startedAt(item), now)),
  ]);
  return formatTable(header, rows, cli.out.paint);
}
