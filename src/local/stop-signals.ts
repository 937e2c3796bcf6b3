/** npm passes Ctrl-C on to a process that already got it from the terminal: that close together it is one. */
const oneStrokeMs = 500;
const parentCheckMs = 200;

export interface StopSignals {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP, or when the npm that started this process is gone. */
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
  if (process.env.npm_lifecycle_event !== undefined) {
    // A killed npm passes nothing on; nobody would know that this process is still there.
    const npm = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === npm) return;
      clearInterval(timer);
      stop.abort(new Error('npm is gone'));
    }, parentCheckMs).unref();
  }
  return { stop: stop.signal, kill: kill.signal };
}
