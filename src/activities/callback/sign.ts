import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export interface SignOptions {
  /** `whsec_…`; without it nothing is signed. */
  webhookSecret: string | undefined;
  /** The same for every attempt, so that a receiver can drop repeats by the id that is made of it. */
  idempotencyKey: string;
  now: Date;
}

/** Headers of https://www.standardwebhooks.com for a body exactly as it is sent. */
export function signatureHeaders(
  body: string,
  { webhookSecret, idempotencyKey, now }: SignOptions,
): Record<string, string> {
  if (webhookSecret === undefined) return {};
  const id = `msg_${createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 27)}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(webhookSecret).sign(id, now, body),
  };
}
