import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { setPaused } from '../set-paused.js';

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<id...>', 'ids of the schedules')
    .option('--note <text>', 'why; shown with the schedule')
    .addHelpText(
      'after',
      examples(
        'almanac pause nightly-orders --note "warehouse moves until Friday"',
        'almanac list --tag orders --json | jq -r ".items[].id" | xargs npx almanac pause',
      ),
    )
    .action(async (ids: string[], { note }: { note?: string }) => setPaused(cli, ids, { paused: true, note }));
};
