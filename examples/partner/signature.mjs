import { createHmac, timingSafeEqual } from 'node:crypto';

const toleranceSeconds = 300;

/**
 * Checks the signature of a request by Standard Webhooks (https://www.standardwebhooks.com).
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
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  // Several signatures may stand there while the sender changes its secret.
  const genuine = String(signatures)
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
  return genuine ? undefined : 'the signature is wrong';
}
