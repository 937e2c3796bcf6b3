import { setTimeout as sleep } from 'node:timers/promises';

const longestRetryMs = 10 * 60_000;

/** Almanac refused a call for good: the step is over, another outcome came first, or the call was wrong. */
export class CallbackRefused extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(`Almanac answered ${status}: ${detail}`);
    this.status = status;
  }
}

/**
 * Posts to one of the callback addresses. Sends the same again on 429, 503 and when there is no answer: Almanac recognises
 * a repeat by its body and applies it once.
 *
 * @param {string} url an address of `callback` in the request
 * @param {object} body the same text at every try
 * @returns {Promise<any>} the answer
 */
export async function post(url, body) {
  const text = JSON.stringify(body);
  const giveUpAt = Date.now() + longestRetryMs;
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
      signal: AbortSignal.timeout(15_000),
    }).catch((error) => error);
    if (response.ok) return response.json();
    const mayPass = response instanceof Error || response.status === 429 || response.status >= 500;
    if (!mayPass) {
      const { detail } = await response.json().catch(() => ({ detail: '' }));
      throw new CallbackRefused(response.status, detail);
    }
    if (Date.now() > giveUpAt) throw new Error('Almanac did not take the callback', { cause: response });
    await sleep(retryDelay(response, attempt));
  }
}

/** What the server asks for, else 0.5 s, 1 s, 2 s … up to 30 s, with a little chance in it. */
function retryDelay(response, attempt) {
  const asked = response instanceof Error ? Number.NaN : Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const seconds = Number.isNaN(asked) ? Math.min(2 ** (attempt - 2), 30) : asked;
  return seconds * 1000 * (1 + Math.random() * 0.2);
}
