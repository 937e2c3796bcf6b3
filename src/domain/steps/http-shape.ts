import { z } from 'zod';
import type { LeafWrapper } from './step-kind.js';

const httpUrl = z.url({ protocol: /^https?$/ }).describe('http or https address');
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'not an HTTP header name');
const method = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** `with` of the two HTTP steps. */
export function httpShape(e: LeafWrapper) {
  return z.strictObject({
    url: e(httpUrl).describe('http or https address'),
    method: e(method).optional().describe('HTTP method'),
    headers: z.record(headerName, e(z.string())).optional().describe('Request headers'),
    body: e(z.json()).optional().describe('Request body, sent as JSON; a string is sent as text'),
  });
}

export type HttpStep = z.output<ReturnType<typeof httpShape>>;
