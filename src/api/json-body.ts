import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AlmanacError } from '../domain/errors.js';
import type { ApiEnv } from './router.js';

export const maxBodyBytes = 1024 * 1024;
/** Plan and apply take whole sets: a thousand definitions of some KiB each. */
export const maxSetBytes = 16 * 1024 * 1024;
const takesSets: readonly string[] = ['/v1/plan', '/v1/apply'];

/** Bodies are JSON of at most 1 MiB (16 for sets of definitions); an empty one counts as `{}`, so that every field of a request may be left out. */
export const jsonBody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (c.req.method !== 'POST' && c.req.method !== 'PUT') return next();
  return limits[takesSets.includes(c.req.path) ? 'set' : 'usual'](c, async () => {
    const text = await c.req.text();
    if (text !== '') checkMediaType(c.req.header('content-type'));
    parseJson(text);
    const headers = new Headers(c.req.raw.headers);
    headers.set('content-type', 'application/json');
    c.req.raw = new Request(c.req.url, { method: c.req.method, headers, body: text === '' ? '{}' : text });
    c.req.bodyCache = {};
    await next();
  });
};

const limits = { usual: limitOf(maxBodyBytes), set: limitOf(maxSetBytes) };

function limitOf(maxSize: number): MiddlewareHandler<ApiEnv> {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new AlmanacError('too-large', `the body is larger than ${maxSize / 1024} KiB`);
    },
  });
}

function checkMediaType(header: string | undefined): void {
  const type = header?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type ?? '')) return;
  const found = header === undefined ? 'the body has no Content-Type' : `the body is ${header}`;
  throw new AlmanacError('unsupported-media-type', `${found}: send Content-Type: application/json`);
}

function parseJson(text: string): void {
  if (text === '') return;
  try {
    JSON.parse(text);
  } catch (error) {
    throw new AlmanacError('invalid-input', `the body is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
