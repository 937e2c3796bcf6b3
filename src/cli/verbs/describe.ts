import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('<id>', 'id of the schedule')
    .addHelpText(
      'after',
      examples('almanac describe nightly-orders', "almanac describe nightly-orders --json | jq '.definition.spec'"),
    )
    .action(async (id: string) => {
      const backend = await cli.backend();
      const schedule = await backend.describeSchedule(id);
      const { scheduleLines } = await import('../output/schedule-lines.js');
      cli.print(schedule, () => scheduleLines(schedule, cli));
    });
};
