import type { Terminal } from './terminal.js';

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const clearRight = '\x1b[K';
const clearDown = '\x1b[J';

/** Lines at the bottom of a terminal that are drawn again in place. Lines must fit the width: the caller cuts them. */
export class LiveRegion {
  readonly #terminal: Terminal;
  #height = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Replaces what was drawn before. More lines than the screen has are cut at the top: they could not be redrawn. */
  draw(lines: readonly string[]): void {
    const visible = lines.slice(-Math.max(1, this.#terminal.rows - 1));
    const back = this.#height === 0 ? hideCursor : `\x1b[${this.#height}A\r`;
    // Each line is written over the old one and only then cut, so that nothing flickers.
    const text = visible.map((line) => `${line}${clearRight}\n`).join('');
    this.#terminal.write(`${back}${text}${clearDown}`);
    this.#height = visible.length;
  }

  /** Leaves the last drawing where it is and gives the cursor back. Safe to call again. */
  end(): void {
    if (this.#height > 0) this.#terminal.write(showCursor);
    this.#height = 0;
  }
}
