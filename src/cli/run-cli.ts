import { CommanderError } from 'commander';
import { AlmanacError } from '../domain/errors.js';
import { Cli, type CliHost } from './cli.js';
import { reportError } from './output/report-error.js';
import { createProgram } from './program.js';
import { verbs } from './verbs.js';

/**
 * Runs one command line.
 *
 * @param args what follows the program's name
 * @returns the exit code: 0 done, 1 failed, 2 bad input, 4 not found, 5 conflict, 6 not authorised, 7 unreachable
 */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  const cli = new Cli(host);
  try {
    await createProgram(cli).parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(cli, error);
    if (error.exitCode === 0) return 0;
    // The flags were not read to the end, so --json is looked up where it stands.
    cli.options = { json: args.includes('--json') };
    return reportError(cli, usageError(error, args));
  } finally {
    await cli.close();
  }
}

function usageError(error: CommanderError, args: readonly string[]): AlmanacError {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace('unknown command', 'unknown verb');
  const first = args.find((arg) => !arg.startsWith('-'));
  const verb = verbs.find(({ name }) => name === first && name !== 'help');
  const next =
    verb === undefined
      ? `the verbs are ${verbs.map(({ name }) => name).join(', ')}`
      : `almanac help ${verb.name} explains it`;
  return new AlmanacError('invalid-input', `${message}: ${next}`);
}
