import { type CallbackLinks, callbackUrlHeader } from '../../domain/callback/urls.js';
import type { HttpStep } from '../../domain/steps/http-shape.js';
import { invalidInput } from '../http/failures.js';
import type { RedirectableRequest } from '../http/redirect.js';
import { toRequest } from '../http/step-request.js';
import { type SignOptions, signatureHeaders } from './sign.js';

interface CallbackRequestOptions extends SignOptions {
  base: string;
  links: CallbackLinks;
  attempt: number;
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
    ...signatureHeaders(request.body ?? '', options),
  });
  return { ...request, asIs: true };
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
