// The partner's side of Almanac callbacks in one file without dependencies, for Node 20 and later: copy it.
// https://www.standardwebhooks.com is what requests and, where a step asks for it, answers are signed by.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const toleranceSeconds = 300;

/** Almanac refused a call for good: the step is over (410), another outcome came first (409), or the call was wrong. */
export class CallbackRefused extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(`Almanac answered ${status}: ${detail}`);
    this.status = status;
  }
}

/**
 * What can be answered to one step. Each call is sent again on 429, 5xx and when there is no answer, for ten minutes unless said:
 * Almanac recognises a repeat by its body and applies it once.
 *
 * @param {string} base `Almanac-Callback-Url` of the request, or `data.callback` of a cancel notice; it is a secret
 * @param {{ secret?: string, retryForMs?: number }} [options] `secret` (`whsec_…`) signs the calls, for steps with `"signed": true`
 */
export function callback(base, { secret, retryForMs = 10 * 60_000 } = {}) {
  const send = (operation, body) => post(`${base}/${operation}`, body, secret, retryForMs);
  return {
    /** @param {unknown} output what later steps read @returns {Promise<{ duplicate?: true }>} */
    complete: (output) => send('complete', output === undefined ? {} : { output }),
    /**
     * @param {string} message
     * @param {{ code?: string, retryable?: boolean, details?: unknown }} [more] `retryable`: Almanac sends the request again
     * @returns {Promise<{ duplicate?: true }>}
     */
    fail: (message, more = {}) => send('fail', { message, ...more }),
    /**
     * @param {{ done?: number, total?: number, unit?: string, message?: string }} [progress]
     * @returns {Promise<{ cancelRequested: boolean, expiresAt: string }>} stop and call `cancel` when it says `cancelRequested`
     */
    heartbeat: (progress = {}) => send('heartbeat', progress),
    /** @param {unknown} [details] @returns {Promise<{ duplicate?: true }>} */
    cancel: (details) => send('cancel', details === undefined ? {} : { details }),
  };
}

/**
 * Checks the signature of a request of Almanac's. A genuine one may still come twice: `Idempotency-Key` and `webhook-id` are then
 * the same.
 *
 * @param {string} secret `whsec_` and base64
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {string} body exactly as it came: parse it afterwards
 * @returns {string | undefined} what is wrong, or undefined when the request is genuine and fresh
 */
export function signatureFault(secret, headers, body, now = Date.now()) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (!id || !timestamp || !signatures) return 'the request is not signed';
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds)) return 'the signature is too old';
  const expected = signatureOf(secret, `${id}.${timestamp}.${body}`);
  // Several signatures may stand there while the sender changes its secret.
  const genuine = String(signatures)
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
  return genuine ? undefined : 'the signature is wrong';
}

/** Is this (parsed) body the notice that nobody waits for a step any more? */
export function isCancelNotice(body) {
  return body?.type === 'callback.cancelled' && typeof body.data?.idempotencyKey === 'string';
}

async function post(url, body, secret, retryForMs) {
  const text = JSON.stringify(body);
  const giveUpAt = Date.now() + retryForMs;
  for (let attempt = 1; ; attempt += 1) {
    const { response, answer, lost } = await postOnce(url, text, secret).catch((error) => ({ lost: error }));
    if (response?.ok) return answer;
    const mayPass = response === undefined || response.status === 429 || response.status >= 500;
    if (!mayPass) throw new CallbackRefused(response.status, answer.detail);
    if (Date.now() > giveUpAt) throw new Error('Almanac did not take the callback', { cause: lost ?? response });
    await sleep(retryDelay(response, attempt));
  }
}

/** An answer counts once it was read to its end: a connection may be lost in the middle of it. */
async function postOnce(url, text, secret) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(secret ? signed(secret, text) : {}) },
    body: text,
    redirect: 'error',
    signal: AbortSignal.timeout(15_000),
  });
  const reading = response.json();
  return { response, answer: response.ok ? await reading : await reading.catch(() => ({ detail: '' })) };
}

/** A new id for each try: a heartbeat is refused under one that was used. */
function signed(secret, body) {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signatureOf(secret, `${id}.${timestamp}.${body}`).toString('base64')}`,
  };
}

function signatureOf(secret, text) {
  return createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(text)
    .digest();
}

/** What the server asks for, but no less than half a second; else 0.5 s, 1 s, 2 s … up to 30 s, with a little chance in it. */
function retryDelay(response, attempt) {
  const asked = Number.parseInt(response?.headers.get('retry-after') ?? '', 10);
  const seconds = Number.isNaN(asked) ? Math.min(2 ** (attempt - 2), 30) : Math.max(asked, 0.5);
  return seconds * 1000 * (1 + Math.random() * 0.2);
}
