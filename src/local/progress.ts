/** Where the platform says what it is doing. Phases may overlap. */
export interface Progress {
  /** Starts a phase; its line is written when it ends. A slow one is announced, too, where there is no spinner. */
  phase(title: string, options?: { slow?: boolean }): Phase;
  /** A line of its own, above what is going on. */
  note(text: string): void;
}

export interface Phase {
  /** What is going on inside: bytes, packages. Cheap to call often. */
  update(detail: string): void;
  done(detail?: string): void;
  failed(detail?: string): void;
}

export interface ProgressOutput {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const spinnerMs = 100;
/** Without a terminal a long phase says every so often that it is alive. */
const heartbeatMs = 15_000;
const clearLine = '\r\u001b[K';

/** A spinner on a terminal; elsewhere plain lines. */
export function createProgress(output: ProgressOutput = process.stdout, now: () => number = Date.now): Progress {
  const terminal = output.isTTY === true;
  const running = new Set<() => string>();
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;

  const tick = (): void => {
    const lines = [...running].map((describe) => describe());
    if (!terminal) {
      for (const line of lines) output.write(`… ${line}\n`);
      return;
    }
    frame = (frame + 1) % frames.length;
    output.write(`${clearLine}${`${frames[frame]} ${lines.join(', ')}`.slice(0, (output.columns ?? 80) - 1)}`);
  };
  const writeLine = (text: string): void => {
    output.write(`${terminal && timer !== undefined ? clearLine : ''}${text}\n`);
  };

  return {
    note: writeLine,
    phase(title, options = {}) {
      const start = now();
      let detail = '';
      const describe = (): string => `${title}${detail === '' ? '' : `: ${detail}`} (${formatElapsed(now() - start)})`;
      if (options.slow === true && !terminal) writeLine(`… ${title}`);
      running.add(describe);
      timer ??= setInterval(tick, terminal ? spinnerMs : heartbeatMs).unref();
      const end = (mark: string, last: string): void => {
        if (!running.delete(describe)) return;
        detail = last;
        writeLine(`${mark} ${describe()}`);
        if (running.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
      return {
        update(text) {
          detail = text;
        },
        done: (last = '') => end('✓', last),
        failed: (last = '') => end('✗', last),
      };
    },
  };
}

/** `0.4 s`, `12 s`, `3 min 05 s` */
export function formatElapsed(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
