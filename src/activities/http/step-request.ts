import type { Info } from '@temporalio/activity';
import type { HttpStep } from '../../domain/steps/http-shape.js';
import { invalidInput } from './failures.js';
import type { RedirectableRequest } from './redirect.js';

/** Headers that belong to the connection and not to the step. */
const ownHeaders = [
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The request of an HTTP step before anything is added to it. Header names become lower case. */
export function toRequest(step: HttpStep, defaultMethod: string): RedirectableRequest {
  const method = step.method ?? defaultMethod;
  const headers: Record<string, string> = { 'user-agent': 'almanac', accept: 'application/json, */*;q=0.5' };
  const body = step.body === undefined ? undefined : toText(step.body);
  if (body !== undefined) {
    if (method === 'GET' || method === 'HEAD') throw invalidInput(`with.body: a ${method} request has no body`);
    headers['content-type'] = typeof step.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  }
  for (const [name, value] of Object.entries(step.headers ?? {})) {
    const lower = name.toLowerCase();
    if (ownHeaders.includes(lower)) throw invalidInput(`with.headers.${name}: this header is set by the connection`);
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw invalidInput(`with.headers.${name}: a header value is one line of Latin-1 characters`);
    }
    headers[lower] = value;
  }
  return { url: new URL(step.url), method, headers, body };
}

function toText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/**
 * `workflow/run/step`, the same for every attempt, by which the other side recognises a repeat. Whatever may not
 * stand in a header is percent-encoded.
 */
export function idempotencyKey({ workflowExecution }: Info, stepId: string): string {
  const key = `${workflowExecution?.workflowId}/${workflowExecution?.runId}/${stepId}`;
  return key.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
}

/** Milliseconds of a Retry-After header in either form, at least 0; undefined when there is none. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}
