/** The parts of a request that a redirect may change. */
export interface RedirectableRequest {
  url: URL;
  method: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body?: string | undefined;
  /**
   * To arrive as it is, at its own origin, or not at all: the request is itself a delivery, and what it says is for one receiver.
   * A redirect that drops the body or leads to another origin is refused then.
   */
  asIs?: boolean;
}

const redirectStatuses = [301, 302, 303, 307, 308];

/** What may follow to another origin. Everything else was meant for the first one: credentials, signatures, keys in headers of any name. */
const harmlessHeaders = ['accept', 'accept-language', 'content-type', 'idempotency-key', 'user-agent'];

export function isRedirect(status: number): boolean {
  return redirectStatuses.includes(status);
}

/**
 * The request that a redirect asks for, as the Fetch standard has it: 303, and POST at 301 or 302, become GET without a
 * body; 307 and 308 repeat the request. Returns a reason in words when the redirect may not be followed.
 */
export function follow<R extends RedirectableRequest>(request: R, status: number, location: string): R | string {
  if (!URL.canParse(location, request.url.href)) return 'the location that it gives is not an address';
  const url = new URL(location, request.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `redirects to ${url.protocol} addresses are refused`;
  if (request.url.protocol === 'https:' && url.protocol === 'http:') return 'redirects from https to http are refused';
  if (url.username !== '' || url.password !== '') return 'redirects with credentials in the address are refused';
  const becomesGet =
    (status === 303 && request.method !== 'HEAD') || ((status === 301 || status === 302) && request.method === 'POST');
  const sameOrigin = url.origin === request.url.origin;
  if (request.asIs && !sameOrigin)
    return `would lead to ${url.host}, and what it sends is for its own address only: set url to where it is taken`;
  if (request.asIs && becomesGet && request.method !== 'GET') {
    return `would turn ${request.method} into a GET without the body: set url to where it is taken, or have 307 or 308 answered`;
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name]) => (sameOrigin || harmlessHeaders.includes(name)) && !(becomesGet && name === 'content-type'),
    ),
  );
  return becomesGet ? { ...request, url, headers, method: 'GET', body: undefined } : { ...request, url, headers };
}
