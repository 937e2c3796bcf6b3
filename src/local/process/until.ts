import { setTimeout as delay } from 'node:timers/promises';
import { AlmanacError } from '../../domain/errors.js';

export interface UntilOptions {
  /** For the message: what did not come. */
  what: string;
  timeoutMs: number;
  everyMs?: number;
  signal: AbortSignal;
}

/**
 * Asks again until the probe no longer throws.
 *
 * @throws the reason of the signal when it is aborted; AlmanacError `failed` with the last error when time is up
 */
export async function until<T>(probe: () => Promise<T>, options: UntilOptions): Promise<T> {
  const { what, timeoutMs, everyMs = 50, signal } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await probe();
    } catch (error) {
      if (Date.now() > deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new AlmanacError('failed', `${what} within ${timeoutMs / 1000} s: ${reason}`, { cause: error });
      }
      await delay(everyMs);
    }
  }
}

/** One HTTP request to a server of this machine; any answer will do unless `accept` says otherwise. */
export async function answers(url: string, accept: (status: number) => boolean = () => true): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  if (!accept(response.status)) throw new Error(`${url} answered ${response.status}`);
}
