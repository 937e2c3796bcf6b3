import { Command } from 'commander';
import type { Cli, CommonOptions } from './cli.js';
import { type VerbEntry, verbs } from './verbs.js';
import { readVersion } from './version.js';

/** The commander program: every verb by name and summary; a verb's own file is loaded when it is used. */
export function createProgram(cli: Cli): Command {
  const program = new Command('almanac')
    .description('Scheduled automation on Temporal: schedules as JSON files, runs, callbacks.')
    .usage('<verb> [options]')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain the verb')
    .helpCommand(false)
    // Also for a verb whose file is loaded already.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.out.write(text),
      writeErr: (text) => cli.err.write(text),
      // Thrown as well: run.ts reports it once, in words or as JSON.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(cli.out.columns, 100),
    })
    .addHelpText('after', footer);
  addServerOptions(program.option('--json', 'data only on standard output, errors as JSON'), 'api-or-direct');
  for (const verb of verbs) {
    program.command(verb.name).description(capitalized(verb.summary)).summary(verb.summary).helpGroup(verb.group);
  }
  program.hook('preSubcommand', async (_, command) => configureVerb(command, cli));
  program.hook('preAction', (_, command) => {
    cli.options = command.optsWithGlobals<CommonOptions>();
  });
  return program;
}

/** Loads the file of a verb and gives its command what the file declares. */
export async function configureVerb(command: Command, cli: Cli): Promise<void> {
  const verb = verbs.find(({ name }) => name === command.name());
  if (verb === undefined || command.options.length > 0) return;
  const { configure } = await verb.load();
  configure(command, cli);
  command.option('--json', 'data only on standard output, errors as JSON');
  addServerOptions(command, verb.server);
}

function addServerOptions(command: Command, server: VerbEntry['server']): void {
  if (server === 'none') return;
  command.option('--url <url>', 'address of the API (else ALMANAC_URL, else the local platform)');
  command.option('--key-file <file>', 'file with the API key (else ALMANAC_KEY)');
  if (server === 'api-or-direct') command.option('--direct', 'speak to Temporal itself (TEMPORAL_* and its profile)');
}

function capitalized(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

const footer = `
Exit codes:
  0 done            4 not found
  1 failed          5 conflict
  2 bad input       6 not authorised
                    7 server unreachable

almanac help <verb> explains a verb with examples.`;
