import type { RunView } from '../domain/views.js';
import type { Backend } from './backend/backend.js';
import type { Cli } from './cli.js';
import { followRun } from './follow-run.js';
import { liveRunLines } from './output/live-run.js';
import { runChanges } from './output/run-changes.js';
import { runErrorLines } from './output/run-lines.js';
import { type EndingReporter, liveReporter, type Reporters, watch } from './watch.js';

interface WatchedRun {
  workflowId: string;
  runId: string | undefined;
  appearsWithinMs?: number;
}

/**
 * Watches a run to its end and sets the exit code: 0 completed, 1 any other end, 130 when Ctrl-C ended the watching. On
 * a terminal the steps are redrawn with bars, in a pipe each change is a line, with `--json` the ended run is printed.
 */
export async function watchRun(cli: Cli, backend: Backend, watched: WatchedRun): Promise<void> {
  const run = await watch(
    cli,
    reporters,
    (reporter, signal) => followRun(backend, reporter, { ...watched, signal, now: cli.host.now }),
    `The run goes on. Watch it again: almanac run ${watched.workflowId} --follow`,
  );
  if (run === undefined) return;
  if (cli.json) cli.out.json(run);
  else if (cli.out.isInteractive) cli.out.lines(runErrorLines(run, cli));
  cli.exitCode = run.status === 'completed' ? 0 : 1;
}

const redrawMs = 120;

const reporters: Reporters<RunView> = {
  live: (cli) =>
    liveReporter(cli, redrawMs, (run, now, notice) =>
      liveRunLines(run, cli.out, { now, ...(notice === undefined ? {} : { notice }) }),
    ),
  lines: lineReporter,
};

function lineReporter(cli: Cli): EndingReporter<RunView> {
  let last: RunView | undefined;
  let inTrouble = false;
  return {
    update: (run) => {
      const now = cli.host.now();
      cli.out.lines(runChanges(last, run, now).map((line) => `${new Date(now).toISOString()} ${line}`));
      last = run;
      inTrouble = false;
    },
    trouble: (error) => {
      if (!inTrouble) cli.err.line(`${error.message}; trying again`);
      inTrouble = true;
    },
    end: () => {},
  };
}
