import type { AlmanacError } from '../domain/errors.js';
import type { Cli } from './cli.js';
import { LiveRegion } from './output/live-region.js';

/** Exit code of a program that Ctrl-C ended, as shells give it. */
const interruptedExit = 130;

/** What is shown while something is watched. */
export interface Reporter<View> {
  update(view: View): void;
  /** The server did not answer; watching goes on. */
  trouble(error: AlmanacError): void;
}

export interface EndingReporter<View> extends Reporter<View> {
  end(): void;
}

/** How a view is shown: redrawn on a terminal, a line for each change in a pipe; with `--json` nothing until the end. */
export interface Reporters<View> {
  live(cli: Cli): EndingReporter<View>;
  lines(cli: Cli): EndingReporter<View>;
}

/**
 * Watches until `follow` is done.
 * @param again how to watch once more, for whoever ended the watching by Ctrl-C; the exit code is 130 then
 * @returns what `follow` gave, or undefined when Ctrl-C came first
 */
export async function watch<View>(
  cli: Cli,
  { live, lines }: Reporters<View>,
  follow: (reporter: Reporter<View>, signal: AbortSignal) => Promise<View | undefined>,
  again: string,
): Promise<View | undefined> {
  const stop = new AbortController();
  const forget = cli.host.onInterrupt(() => stop.abort());
  const reporter = cli.json ? { update() {}, trouble() {}, end() {} } : cli.out.isInteractive ? live(cli) : lines(cli);
  let ended: View | undefined;
  try {
    ended = await follow(reporter, stop.signal);
  } finally {
    forget();
    reporter.end();
  }
  if (ended === undefined) {
    cli.err.line(again);
    cli.exitCode = interruptedExit;
  }
  return ended;
}

/** Redraws the last view at each news, and in between because clocks go on. */
export function liveReporter<View>(
  cli: Cli,
  everyMs: number,
  linesOf: (view: View, now: number, notice: string | undefined) => string[],
): EndingReporter<View> {
  const region = new LiveRegion(cli.out);
  let last: { view: View } | undefined;
  let notice: string | undefined;
  const draw = () => {
    if (last !== undefined) region.draw(linesOf(last.view, cli.host.now(), notice));
  };
  const ticker = setInterval(draw, everyMs);
  return {
    update: (view) => {
      last = { view };
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
