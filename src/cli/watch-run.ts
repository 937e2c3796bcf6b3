import type { RunView } from '../domain/views.js';
import type { Backend } from './backend/backend.js';
import type { Cli } from './cli.js';
import { followRun, type RunReporter } from './follow-run.js';
import { LiveRegion } from './output/live-region.js';
import { liveRunLines } from './output/live-run.js';
import { runChanges } from './output/run-changes.js';
import { runErrorLines } from './output/run-lines.js';

/** Exit code of a program that Ctrl-C ended, as shells give it. */
const interruptedExit = 130;

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
  const stop = new AbortController();
  const forget = cli.host.onInterrupt(() => stop.abort());
  const view = cli.json ? silent : cli.out.isInteractive ? liveReporter(cli) : lineReporter(cli);
  let ended: RunView | undefined;
  try {
    ended = await followRun(backend, view, { ...watched, signal: stop.signal, now: cli.host.now });
  } finally {
    forget();
    view.end();
  }
  if (ended === undefined) {
    cli.err.line(`The run goes on. Watch it again: almanac run ${watched.workflowId} --follow`);
    cli.exitCode = interruptedExit;
    return;
  }
  const run = ended;
  if (cli.json) cli.out.json(run);
  else if (cli.out.isInteractive) cli.out.lines(runErrorLines(run, cli));
  cli.exitCode = run.status === 'completed' ? 0 : 1;
}

interface EndingReporter extends RunReporter {
  end(): void;
}

const silent: EndingReporter = { update: () => {}, trouble: () => {}, end: () => {} };

function liveReporter(cli: Cli): EndingReporter {
  const region = new LiveRegion(cli.out);
  let last: RunView | undefined;
  let notice: string | undefined;
  const draw = () => {
    if (last === undefined) return;
    region.draw(liveRunLines(last, cli.out, { now: cli.host.now(), ...(notice === undefined ? {} : { notice }) }));
  };
  // Between two looks the clocks go on.
  const ticker = setInterval(draw, 120);
  return {
    update: (run) => {
      last = run;
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

function lineReporter(cli: Cli): EndingReporter {
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
