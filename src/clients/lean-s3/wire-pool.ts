import { onAbort } from './abort-listener.js';
import { NotSimpleError } from './not-simple-error.js';
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
   * A connection that had been idle and turns out to be closed, before anything came, is replaced once: the requests here may be repeated.
   * More is for the caller to try, who backs off.
   * @throws NotSimpleError for what has to be asked for in another way, an error with a code of the network, or the reason of the signal
   */
  async send(request: WireRequest): Promise<WireAnswer> {
    const connection = this.#take(request.signal) ?? (await this.#wait(request.signal));
    const wasUsed = connection.isUsed;
    try {
      return await connection.send(request);
    } catch (error) {
      if (!wasUsed || !isStale(error)) throw error;
    }
    return (this.#take(request.signal) ?? (await this.#wait(request.signal))).send(request);
  }

  close(): void {
    for (const connection of this.#open) connection.close();
  }

  /** Undefined when there are as many as there may be, all in use. @throws the reason of the signal */
  #take(signal: AbortSignal | undefined): WireConnection | undefined {
    signal?.throwIfAborted();
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isUsable) return idle;
    if (this.#open.size >= this.most) return undefined;
    const connection = new WireConnection(this.target, {
      onFree: (free) => {
        this.#idle.push(free);
        this.#leave();
      },
      onClose: (closed) => {
        this.#open.delete(closed);
        const at = this.#idle.indexOf(closed);
        if (at >= 0) this.#idle.splice(at, 1);
        this.#leave();
      },
    });
    this.#open.add(connection);
    return connection;
  }

  /** Waits its turn. @throws the reason of the signal, at once */
  async #wait(signal: AbortSignal | undefined): Promise<WireConnection> {
    for (let first = true; ; first = false) {
      await new Promise<void>((resolve, reject) => {
        const turn = () => {
          over?.();
          resolve();
        };
        const over =
          signal &&
          onAbort(signal, () => {
            const at = this.#waiting.indexOf(turn);
            if (at >= 0) this.#waiting.splice(at, 1);
            reject(signal.reason);
          });
        // Who was woken, and came too late all the same, is the next.
        if (first) this.#waiting.push(turn);
        else this.#waiting.unshift(turn);
      });
      if (signal?.aborted) this.#leave();
      const connection = this.#take(signal);
      if (connection !== undefined) return connection;
    }
  }

  /** Somebody who waits may look again. */
  #leave(): void {
    this.#waiting.shift()?.();
  }
}

/** The server had closed the connection while it was idle, so it saw nothing of the request. */
function isStale(error: unknown): boolean {
  return (
    error instanceof Error &&
    !(error instanceof NotSimpleError) &&
    'began' in error &&
    error.began === false &&
    'code' in error &&
    (error.code === 'ECONNRESET' || error.code === 'EPIPE')
  );
}
