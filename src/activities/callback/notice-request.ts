import { type CancelNotice, noticeEvent } from '../../domain/callback/notice.js';
import { callbackUrlHeader } from '../../domain/callback/urls.js';
import type { RedirectableRequest } from '../http/redirect.js';
import { toRequest } from '../http/step-request.js';
import { type SignOptions, signatureHeaders } from './sign.js';

interface NoticeRequestOptions extends Omit<SignOptions, 'idempotencyKey'> {
  run: { workflowId: string; runId: string };
  /** Idempotency key of the request that the notice takes back. */
  requestKey: string;
  /** Address of the step's callback, with a token of its own. */
  base: string;
}

/**
 * The cancel notice: a POST to the address of the step, with the step's own headers, a body as Standard Webhooks lays out
 * events (`type`, `timestamp`, `data`), and signed. It has no `callback` object at the top, so a partner that looks only for
 * that can't take it for a new job.
 */
export function toNoticeRequest(notice: CancelNotice, options: NoticeRequestOptions): RedirectableRequest {
  const { run, requestKey, base, now } = options;
  const { scheduleId, scheduledTime, stepId: step, reason, expiresAt } = notice;
  const { headers = {}, url } = notice.with;
  const event = {
    type: noticeEvent,
    timestamp: now.toISOString(),
    data: {
      ...run,
      scheduleId,
      scheduledTime,
      step,
      reason,
      idempotencyKey: ownIdempotencyKey(headers) ?? requestKey,
      callback: base,
      expiresAt: new Date(expiresAt).toISOString(),
    },
  };
  const request = toRequest({ url, method: 'POST', headers, body: event }, 'POST');
  const idempotencyKey = `${requestKey}/cancel`;
  Object.assign(request.headers, {
    'content-type': 'application/json',
    [callbackUrlHeader]: base,
    'almanac-event': noticeEvent,
    'idempotency-key': idempotencyKey,
    ...signatureHeaders(request.body ?? '', { ...options, idempotencyKey }),
  });
  return { ...request, asIs: true };
}

/** A step may have set its own. */
function ownIdempotencyKey(headers: Record<string, string>): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'idempotency-key')?.[1];
}
