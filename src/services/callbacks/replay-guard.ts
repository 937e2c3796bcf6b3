import { callbackRefusal } from '../../domain/callback/answers.js';
import type { CallbackIdentity } from '../../domain/callback/identity.js';
import type { CallbackAnswer, HeartbeatAnswer } from '../../domain/callback/state-view.js';
import type { CallbackClaims } from '../../domain/callback/token.js';
import { isSameCall } from './refusal.js';

/** A signature is good for five minutes before and after its time: after ten nothing can come again. */
const memoryMs = 10 * 60_000;
const maxCalls = 20_000;

/**
 * Signed calls that were applied, by webhook-id. What ends a step can't be applied twice in any case, since Temporal knows of it;
 * this is for what can: heartbeats, and retryable failures. It is the memory of one process, and bounded.
 */
export class ReplayGuard {
  readonly #calls = new Map<string, { call: CallbackIdentity; at: number; applied: Promise<unknown> }>();

  constructor(private readonly now: () => number = Date.now) {}

  /**
   * Applies a call unless its webhook-id was applied before. The same answer again is a duplicate, as partners repeat what they
   * got no answer to.
   *
   * @throws AlmanacError `conflict` for a heartbeat again, and for an id that was another call's
   */
  async once<A extends CallbackAnswer | HeartbeatAnswer>(
    { workflowId, runId, activityId }: CallbackClaims,
    webhookId: string,
    call: CallbackIdentity,
    apply: () => Promise<A>,
  ): Promise<A | CallbackAnswer> {
    // By step and not by token: each attempt has a token of its own.
    const key = JSON.stringify([workflowId, runId, activityId, webhookId]);
    const earlier = this.#calls.get(key);
    if (earlier !== undefined && this.now() - earlier.at < memoryMs) {
      if (call.operation === 'heartbeat' || !isSameCall(call, earlier.call)) throw callbackRefusal.replayed();
      await earlier.applied;
      return { duplicate: true };
    }
    const applied = apply();
    this.#remember(key, call, applied);
    try {
      return await applied;
    } catch (error) {
      // What failed may be sent again.
      this.#calls.delete(key);
      throw error;
    }
  }

  #remember(key: string, call: CallbackIdentity, applied: Promise<unknown>): void {
    this.#calls.delete(key);
    this.#calls.set(key, { call, at: this.now(), applied });
    if (this.#calls.size > maxCalls) this.#calls.delete(this.#calls.keys().next().value as string);
  }
}
