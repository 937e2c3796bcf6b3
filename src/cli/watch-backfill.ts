import { setTimeout as sleep } from 'node:timers/promises';
import type { BackfillView } from '../domain/backfill/views.js';
import { AlmanacError } from '../domain/errors.js';
import type { Backend } from './backend/backend.js';
import type { Cli } from './cli.js';
import { patienceMs, pollMs } from './follow-run.js';
import { backfillLines, liveBackfillLines, progressText } from './output/backfill-lines.js';
import { type EndingReporter, liveReporter, type Reporter, type Reporters, watch } from './watch.js';

/**
 * Watches a backfill to its end and sets the exit code: 0 when it completed and no run failed, 1 otherwise, 130 when Ctrl-C ended
 * the watching. On a terminal a bar is redrawn, in a pipe each change is a line, with `--json` the ended backfill is printed.
 */
export async function watchBackfill(cli: Cli, backend: Backend, id: string): Promise<void> {
  const backfill = await watch(
    cli,
    reporters,
    (reporter, signal) => follow(backend, id, reporter, { signal, now: cli.host.now }),
    `The backfill goes on. Watch it again: almanac backfills show ${id} --follow`,
  );
  if (backfill === undefined) return;
  cli.print(backfill, () => backfillLines(backfill, cli));
  cli.exitCode = backfill.status === 'completed' && backfill.failed === 0 ? 0 : 1;
}

/** @returns the backfill as it ended, or undefined when the signal came first */
async function follow(
  backend: Backend,
  id: string,
  reporter: Reporter<BackfillView>,
  { signal, now }: { signal: AbortSignal; now(): number },
): Promise<BackfillView | undefined> {
  let answeredAt = now();
  const interrupted = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  while (!signal.aborted) {
    try {
      const backfill = await Promise.race([backend.getBackfill(id), interrupted]);
      if (backfill === undefined) return undefined;
      answeredAt = now();
      reporter.update(backfill);
      if (backfill.closeTime !== null) return backfill;
    } catch (error) {
      if (!(error instanceof AlmanacError) || !error.retryable || now() - answeredAt > patienceMs) throw error;
      reporter.trouble(error);
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

const redrawMs = 500;

const reporters: Reporters<BackfillView> = {
  live: (cli) =>
    liveReporter(cli, redrawMs, (backfill, now, notice) => liveBackfillLines(backfill, cli.out, now, notice)),
  lines: lineReporter,
};

function lineReporter(cli: Cli): EndingReporter<BackfillView> {
  let said = '';
  return {
    update: (backfill) => {
      const line = `${backfill.status} ${progressText(backfill)}`;
      if (line !== said) cli.out.line(`${new Date(cli.host.now()).toISOString()} ${line}`);
      said = line;
    },
    trouble: (error) => {
      if (said !== error.message) cli.err.line(`${error.message}; trying again`);
      said = error.message;
    },
    end: () => {},
  };
}
