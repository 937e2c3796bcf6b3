import type { ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { configureVerb } from '../program.js';

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('[verb]', 'the verb to explain')
    .addHelpText('after', examples('almanac help trigger'))
    .action(async (name: string | undefined) => {
      const program = command.parent;
      const wanted = program?.commands.find((candidate) => candidate.name() === name);
      if (wanted === undefined) {
        if (name === undefined) program?.outputHelp();
        // Commander's own words for an unknown verb, with its suggestion.
        else await program?.parseAsync([name], { from: 'user' });
        return;
      }
      await configureVerb(wanted, cli);
      wanted.outputHelp();
    });
};
