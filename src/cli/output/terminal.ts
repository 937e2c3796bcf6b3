import { createPainter, type Painter, wantsColors } from './colors.js';

/** The part of a write stream that the command line uses; tests give their own. */
export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Standard output or standard error: text in lines, coloured only where that is wanted. */
export class Terminal {
  readonly paint: Painter;
  /** A person is watching: output may be redrawn and cut to the width. */
  readonly isInteractive: boolean;
  readonly #stream: OutputStream;

  constructor(stream: OutputStream, env: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.isInteractive = stream.isTTY === true && env.TERM !== 'dumb';
    this.paint = createPainter(wantsColors({ env, isTerminal: stream.isTTY === true }));
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  get rows(): number {
    return this.#stream.rows ?? 24;
  }

  line(text = ''): void {
    this.write(`${text}\n`);
  }

  lines(lines: Iterable<string>): void {
    for (const line of lines) this.line(line);
  }

  json(data: unknown): void {
    this.line(JSON.stringify(data, null, 2));
  }

  write(text: string): void {
    this.#stream.write(text);
  }
}
