import { AlmanacError, formatDetail, toProblem } from '../../domain/errors.js';
import type { Cli } from '../cli.js';
import { oneLine } from './text.js';

/**
 * Says what went wrong on standard error, in words or with `--json` as an RFC 9457 problem.
 *
 * @returns the exit code of the error table
 */
export function reportError(cli: Cli, error: unknown): number {
  const known = error instanceof AlmanacError ? error : unexpected(error);
  if (cli.json) {
    cli.err.json(toProblem(known));
  } else {
    cli.err.line(`${cli.err.paint('bad', 'error:')} ${oneLine(known.message)}`);
    cli.err.lines(known.details.map((detail) => `  ${oneLine(formatDetail(detail))}`));
  }
  if (cli.host.env.ALMANAC_DEBUG) cli.err.line(String((error as Error).stack ?? error));
  return known.exitCode;
}

function unexpected(error: unknown): AlmanacError {
  const message = error instanceof Error ? error.message : String(error);
  return new AlmanacError('internal', `${message} (a fault of almanac itself: ALMANAC_DEBUG=1 shows where)`, {
    cause: error,
  });
}
