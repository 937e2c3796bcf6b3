import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { setPaused } from '../set-paused.js';

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<id...>', 'ids of the schedules')
    .option('--note <text>', 'why; shown with the schedule')
    .addHelpText('after', examples('almanac unpause nightly-orders', 'almanac unpause nightly-orders daily-report'))
    .action(async (ids: string[], { note }: { note?: string }) => setPaused(cli, ids, { paused: false, note }));
};
