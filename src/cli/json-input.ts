import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { AlmanacError } from '../domain/errors.js';
import type { CliHost } from './cli.js';

/**
 * A JSON argument: the JSON itself, `@file`, or `-` for standard input.
 *
 * @param flag how messages name it, such as `--input`
 * @throws AlmanacError `invalid-input` naming the flag
 */
export async function readJsonArgument(argument: string, flag: string, host: CliHost): Promise<unknown> {
  const source = await readSource(argument, flag, host);
  try {
    return JSON.parse(source);
  } catch (error) {
    const hint = /^[@-]/.test(argument) ? '' : `; quote it for the shell, as in ${flag} '{"day":"2026-01-31"}'`;
    throw new AlmanacError('invalid-input', `${flag} is not JSON: ${(error as Error).message}${hint}`, {
      cause: error,
    });
  }
}

async function readSource(argument: string, flag: string, host: CliHost): Promise<string> {
  if (argument === '-') return text(host.stdin);
  if (!argument.startsWith('@')) return argument;
  try {
    return await readFile(path.resolve(host.cwd, argument.slice(1)), 'utf8');
  } catch (error) {
    throw new AlmanacError('invalid-input', `${flag}: cannot read ${argument.slice(1)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
