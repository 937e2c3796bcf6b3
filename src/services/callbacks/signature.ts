import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { callbackRefusal } from '../../domain/callback/answers.js';
import { AlmanacError } from '../../domain/errors.js';

/** Headers of https://www.standardwebhooks.com, under their lower-case names. */
export type SignatureHeaders = Partial<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>>;

/**
 * The webhook secret as it is now.
 * @param refused a secret that did not verify a signature: a source that keeps a copy reads again when it still has this one
 */
export type WebhookSecretSource = (refused?: string) => Promise<string>;

/** {@link verifySignature} by a secret that may be rotated at any time. */
export async function verifyByCurrent(
  source: WebhookSecretSource | undefined,
  headers: SignatureHeaders,
  body: Uint8Array,
): Promise<string> {
  const secret = await source?.();
  try {
    return verifySignature(secret, headers, body);
  } catch (error) {
    const fresh = secret === undefined ? undefined : await source?.(secret);
    if (fresh === secret) throw error;
    return verifySignature(fresh, headers, body);
  }
}

/**
 * Checks who signed the body, and that this was within the last five minutes (or, for a fast clock, will be).
 *
 * @returns the webhook-id, by which a replay is known
 * @throws AlmanacError `unauthenticated` for a call that is not signed, stale or forged; `failed` without a secret
 */
export function verifySignature(secret: string | undefined, headers: SignatureHeaders, body: Uint8Array): string {
  if (secret === undefined) {
    throw new AlmanacError(
      'failed',
      'this API has no webhook secret: set ALMANAC_WEBHOOK_SECRET, or its _FILE or _ARN',
    );
  }
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signature = '' } = headers;
  if (id === '' || timestamp === '' || signature === '') {
    throw callbackRefusal.notSigned('send webhook-id, webhook-timestamp and webhook-signature');
  }
  // A dot in the id would let two ids share one signed text.
  if (!/^[\x21-\x2d\x2f-\x7e]{1,256}$/.test(id)) throw callbackRefusal.notSigned('webhook-id is not usable');
  try {
    const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': wellFormed(signature) };
    new Webhook(secret).verify(Buffer.from(body), signed, { jsonParse: false });
    return id;
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    throw callbackRefusal.notSigned(faults[error.message] ?? 'the signature is wrong');
  }
}

const faults: Partial<Record<string, string>> = {
  'Message timestamp too old': 'webhook-timestamp is more than five minutes ago',
  'Message timestamp too new': 'webhook-timestamp is more than five minutes ahead',
  'Invalid Signature Headers': 'webhook-timestamp is not a number of seconds',
};

/** The library expects each signature to have its version. */
function wellFormed(signatures: string): string {
  return signatures
    .split(' ')
    .filter((signature) => /^v1,[A-Za-z0-9+/=]+$/.test(signature))
    .join(' ');
}
