import type { ConfigureVerb } from '../cli.js';
import { confirm } from '../confirm.js';
import { examples } from '../examples.js';

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<id>', 'id of the schedule')
    .option('--yes', 'do not ask')
    .addHelpText('after', examples('almanac delete nightly-orders', 'almanac delete nightly-orders --yes --json'))
    .action(async (id: string, { yes }: { yes?: true }) => {
      if (!yes && !(await confirm(cli, `Delete the schedule ${id}? Its runs stay.`))) {
        cli.err.line('Nothing was deleted.');
        cli.exitCode = 1;
        return;
      }
      const backend = await cli.backend();
      await backend.deleteSchedule(id);
      cli.print({ id, deleted: true }, () => [`${id} deleted`]);
    });
};
