import { createInterface } from 'node:readline/promises';
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
  const dialogue = createInterface({ input: stdin, output: stderr as unknown as NodeJS.WritableStream });
  try {
    const answer = await dialogue.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    dialogue.close();
  }
}
