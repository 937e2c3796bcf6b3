import { createInterface } from 'node:readline';
import { AlmanacError } from '../domain/errors.js';
import type { Cli } from './cli.js';

/**
 * Asks a person before something that cannot be undone.
 *
 * @throws AlmanacError `invalid-input` when nobody is there to ask
 */
export async function confirm(cli: Cli, question: string): Promise<boolean> {
  const { stdin, stderr } = cli.host;
  if (stdin.isTTY !== true) {
    throw new AlmanacError('invalid-input', `${question} Standard input is no terminal to ask on: say --yes`);
  }
  stderr.write(`${question} [y/N] `);
  // The terminal itself echoes what is typed.
  const dialogue = createInterface({ input: stdin });
  return new Promise((resolve) => {
    dialogue.once('line', (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      // Closed, or the process would wait for more.
      dialogue.close();
    });
    // Without an answer, as with Ctrl-D, it is a no.
    dialogue.once('close', () => resolve(false));
  });
}
