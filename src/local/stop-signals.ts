/** npm passes Ctrl-C on to a process that already got it from the terminal: that close together it is one. */
const oneStrokeMs = 500;

export interface StopSignals {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  stop: AbortSignal;
  /** Aborted by a SIGINT after that: end at once. */
  kill: AbortSignal;
}

/** Turns the signals of this process into abort signals, for as long as it lives. */
export function stopSignals(): StopSignals {
  const [stop, kill] = [new AbortController(), new AbortController()];
  let first = 0;
  const on = (signal: NodeJS.Signals): void => {
    if (!stop.signal.aborted) {
      first = Date.now();
      stop.abort(new Error(`ended by ${signal}`));
    } else if (signal === 'SIGINT' && Date.now() - first > oneStrokeMs) {
      kill.abort();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, on);
  return { stop: stop.signal, kill: kill.signal };
}
