const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `act` once the signal aborts, unless the function that is given was called before. One listener a signal: an EventTarget looks
 * through all that it has for each that leaves, and requests come and go by the thousand on one signal.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const acts = waiting.get(signal) ?? listen(signal);
  acts.add(act);
  return () => void acts.delete(act);
}

function listen(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>();
  waiting.set(signal, acts);
  const all = () => {
    for (const act of acts) act();
    acts.clear();
  };
  signal.addEventListener('abort', all, { once: true });
  return acts;
}
