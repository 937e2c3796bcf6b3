import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { type CallbackLinks, callbackUrlHeader } from '../../domain/callback/urls.js';
import type { HttpStep } from '../../domain/steps/http-shape.js';
import { invalidInput } from '../http/failures.js';
import type { RedirectableRequest } from '../http/redirect.js';
import { toRequest } from '../http/step-request.js';

interface CallbackRequestOptions {
  base: string;
  links: CallbackLinks;
  idempotencyKey: string;
  attempt: number;
  webhookSecret: string | undefined;
  now: Date;
}

/** The outgoing request of `http.callback`: the step's own, with the links in body and header, and signed. */
export function toCallbackRequest(step: HttpStep, options: CallbackRequestOptions): RedirectableRequest {
  const method = step.method ?? 'POST';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const request = toRequest(hasBody ? { ...step, body: withLinks(step.body, options.links) } : step, 'POST');
  Object.assign(request.headers, {
    [callbackUrlHeader]: options.base,
    'idempotency-key': request.headers['idempotency-key'] ?? options.idempotencyKey,
    'almanac-attempt': String(options.attempt),
    ...signature(request.body ?? '', options),
  });
  return request;
}

type Json = NonNullable<HttpStep['body']>;

function withLinks(body: HttpStep['body'], links: CallbackLinks): Json {
  if (body === undefined) return { callback: { ...links } };
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidInput('with.body: the body of http.callback is a JSON object, to which the callback links are added');
  }
  if (Object.hasOwn(body, 'callback')) {
    throw invalidInput('with.body.callback: this key is where the callback links go; give yours another name');
  }
  return { ...body, callback: { ...links } };
}

/** https://www.standardwebhooks.com: the id is the same for every attempt, so that a receiver can drop repeats. */
function signature(
  body: string,
  { webhookSecret, idempotencyKey, now }: CallbackRequestOptions,
): Record<string, string> {
  if (webhookSecret === undefined) return {};
  const id = `msg_${createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 27)}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(webhookSecret).sign(id, now, body),
  };
}
