import { WireConnection, type WireRequest, type WireTarget } from './wire-connection.js';
import type { WireAnswer } from './wire-reader.js';

/**
 * Small exchanges over connections that are kept, the one used last first. A tenth of what a general HTTP client does: no streams, no
 * headers but those needed, and an answer in one piece of memory.
 */
export class WirePool {
  readonly #idle: WireConnection[] = [];
  readonly #open = new Set<WireConnection>();
  readonly #waiting: (() => void)[] = [];

  /** @param most connections at once */
  constructor(
    private readonly target: WireTarget,
    private readonly most: number,
  ) {}

  /**
   * A connection that turns out to have been closed
   * before anything came is replaced once, as the requests here may be repeated.
   * @throws NotSimpleError for what has to be asked for in another way, an error with a code of the network, or the reason of the signal
   */
  async send(request: WireRequest): Promise<WireAnswer> {
    for (;;) {
      request.signal?.throwIfAborted();
      const connection = this.#take();
      if (connection === undefined) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      const wasUsed = connection.isUsed;
      try {
        return await connection.send(request);
      } catch (error) {
        if (wasUsed && error instanceof Error && 'began' in error && error.began === false) continue;
        throw error;
      }
    }
  }

  close(): void {
    for (const connection of this.#open) connection.close();
  }

  /** Undefined when there are as many as there may be, all in use. */
  #take(): WireConnection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isUsable) return idle;
    if (this.#open.size >= this.most) return undefined;
    const connection = new WireConnection(this.target, {
      onFree: (free) => {
        this.#idle.push(free);
        this.#leave();
      },
      onClose: (closed) => {
        this.#open.delete(closed);
        this.#leave();
      },
    });
    this.#open.add(connection);
    return connection;
  }

  /** Somebody who waits may look again. */
  #leave(): void {
    this.#waiting.shift()?.();
  }
}
