import { setTimeout as sleep } from 'node:timers/promises';
import type { BackfillView } from '../domain/backfill/views.js';
import { AlmanacError } from '../domain/errors.js';
import type { Backend } from './backend/backend.js';
import type { Cli } from './cli.js';
import { backfillLines, liveBackfillLines, progressText } from './output/backfill-lines.js';
import { LiveRegion } from './output/live-region.js';

/** Exit code of a program that Ctrl-C ended, as shells give it. */
const interruptedExit = 130;
const pollMs = 500;
/** A server that restarts is back by then. */
const patienceMs = 60_000;

/**
 * Watches a backfill to its end and sets the exit code: 0 when it completed and no run failed, 1 otherwise, 130 when Ctrl-C ended
 * the watching. On a terminal a bar is redrawn, in a pipe each change is a line, with `--json` the ended backfill is printed.
 */
export async function watchBackfill(cli: Cli, backend: Backend, id: string): Promise<void> {
  const stop = new AbortController();
  const forget = cli.host.onInterrupt(() => stop.abort());
  const reporter = cli.json ? silent : cli.out.isInteractive ? liveReporter(cli) : lineReporter(cli);
  let ended: BackfillView | undefined;
  try {
    ended = await follow(backend, id, reporter, { signal: stop.signal, now: cli.host.now });
  } finally {
    forget();
    reporter.end();
  }
  if (ended === undefined) {
    cli.err.line(`The backfill goes on. Watch it again: almanac backfills show ${id} --follow`);
    cli.exitCode = interruptedExit;
    return;
  }
  const backfill = ended;
  cli.print(backfill, () => backfillLines(backfill, cli));
  cli.exitCode = backfill.status === 'completed' && backfill.failed === 0 ? 0 : 1;
}

interface Reporter {
  update(backfill: BackfillView): void;
  /** The server did not answer; watching goes on. */
  trouble(error: AlmanacError): void;
  end(): void;
}

/** @returns the backfill as it ended, or undefined when the signal came first */
async function follow(
  backend: Backend,
  id: string,
  reporter: Reporter,
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

const silent: Reporter = { update: () => {}, trouble: () => {}, end: () => {} };

function liveReporter(cli: Cli): Reporter {
  const region = new LiveRegion(cli.out);
  let last: BackfillView | undefined;
  let notice: string | undefined;
  const draw = () => {
    if (last !== undefined) region.draw(liveBackfillLines(last, cli.out, cli.host.now(), notice));
  };
  // Between two looks the time that is left goes down.
  const ticker = setInterval(draw, 500);
  return {
    update: (backfill) => {
      last = backfill;
      notice = undefined;
      draw();
    },
    trouble: (error) => {
      notice = `${error.message}; trying again`;
      draw();
    },
    end: () => {
      clearInterval(ticker);
      region.end();
    },
  };
}

function lineReporter(cli: Cli): Reporter {
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
