import type { CallbackOperation } from '../views.js';

/** Header of the outgoing request of `http.callback` that carries the base of the four addresses. */
export const callbackUrlHeader = 'almanac-callback-url';

/** A link lives this much longer than its step, so that a late caller still learns that the step is over. */
export const expiryGraceMs = 60_000;

/** What the outgoing request of `http.callback` carries under `callback`. */
export interface CallbackLinks extends Record<CallbackOperation, string> {
  /** ISO 8601 UTC. */
  expiresAt: string;
}

/** Address that a person opens; the four operations are below it. */
export function callbackBase(publicUrl: string, token: string): string {
  return `${publicUrl}/v1/callbacks/${token}`;
}

export function callbackLinks(base: string, expiresAt: number): CallbackLinks {
  return {
    complete: `${base}/complete`,
    fail: `${base}/fail`,
    heartbeat: `${base}/heartbeat`,
    cancel: `${base}/cancel`,
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

/** When the links of a step end: its schedule-to-close deadline plus {@link expiryGraceMs}, in whole seconds as in the token. */
export function callbackExpiry(deadline: number): number {
  return Math.ceil((deadline + expiryGraceMs) / 1000) * 1000;
}
