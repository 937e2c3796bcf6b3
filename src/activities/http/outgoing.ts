import { promises as dns, type LookupAddress } from 'node:dns';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { ApplicationFailure } from '@temporalio/activity';
import { Agent, type Dispatcher, errors, request as undiciRequest } from 'undici';
import { type AddressPolicy, createAddressPolicy } from './address-policy.js';
import { badRedirect, connectionFailed, forbiddenAddress, invalidInput } from './failures.js';
import { discard, discardedBytes, readBody } from './read-body.js';
import { follow, isRedirect, type RedirectableRequest } from './redirect.js';

export interface OutgoingRequest extends RedirectableRequest {
  /** For all redirects and the whole body together. */
  timeoutMs: number;
  /** Ends the request early; its reason is what is thrown. */
  signal: AbortSignal;
  /** Longest body of a 2xx that is read, after decompression. Without it only the status counts, whatever comes after. */
  maxBodyBytes?: number;
}

export interface OutgoingResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Method and host that gave this answer, after redirects: for messages. */
  target: { method: string; host: string };
}

/** Every address of a host name. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

/** The one way out: every HTTP request of a step goes through it. */
export type Outgoing = (request: OutgoingRequest) => Promise<OutgoingResponse>;

const maxRedirects = 5;

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Sends requests to public addresses only (and to what `allow` lists). A host is resolved once, each of its addresses is
 * checked and the connection goes to one of exactly these, so a name that changes its answer meanwhile gains nothing;
 * each redirect is a new host and is checked again.
 *
 * @throws ApplicationFailure ForbiddenAddress, ConnectionFailed (retryable), BodyTooLarge, HttpError for bad redirects
 */
export function createOutgoing(options: { allow: readonly string[]; resolve?: Resolve }): Outgoing {
  const policy = createAddressPolicy(options.allow);
  const resolve = options.resolve ?? ((host) => dns.lookup(host, { all: true }));
  return async (first) => {
    const timeout = AbortSignal.timeout(first.timeoutMs);
    const signal = AbortSignal.any([first.signal, timeout]);
    let request = first;
    for (let redirects = 0; ; redirects += 1) {
      const target = { method: request.method, host: request.url.host };
      try {
        const addresses = await abortable(signal, permittedAddresses(policy, resolve, request));
        const answer = await exchange(request, addresses, signal);
        if (answer.location === undefined) return { ...answer, target };
        if (redirects === maxRedirects) throw badRedirect(target, answer.status, `that is one redirect too many`);
        const next = follow(request, answer.status, answer.location);
        if (typeof next === 'string') throw badRedirect(target, answer.status, next);
        request = next;
      } catch (error) {
        if (first.signal.aborted) throw first.signal.reason;
        if (timeout.aborted) throw connectionFailed(target, `no whole answer within ${first.timeoutMs / 1000} s`);
        throw toFailure(target, error);
      }
    }
  };
}

async function permittedAddresses(
  policy: AddressPolicy,
  resolve: Resolve,
  { url, method }: OutgoingRequest,
): Promise<LookupAddress[]> {
  const target = { method, host: url.host };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalidInput(`${url.protocol} is not http or https`);
  if (url.username !== '' || url.password !== '') {
    throw invalidInput(`${method} ${url.host}: credentials belong into headers, not into the address`);
  }
  // The URL parser has turned decimal, octal and hexadecimal spellings of IPv4 into the usual one.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (addresses.length === 0) throw connectionFailed(target, 'the host has no address');
  for (const { address } of addresses) {
    const reason = policy.refusal(address, host);
    if (reason !== undefined) throw forbiddenAddress(target, reason);
  }
  return addresses;
}

async function exchange(request: OutgoingRequest, addresses: LookupAddress[], signal: AbortSignal) {
  const dispatcher = new Agent({
    connect: { lookup: pinnedTo(addresses) },
    connections: 1,
    pipelining: 1,
    // The signal is the one time limit.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  try {
    const response = await undiciRequest(request.url, {
      method: request.method as Dispatcher.HttpMethod,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      dispatcher,
      signal,
      // A body that is read to its limit at most need not be paused. In undici 7.26 to 7.30 a server that closes the connection
      // while its answer is paused ends the whole process (an assertion in the parser).
      highWaterMark: Math.max(request.maxBodyBytes ?? 0, discardedBytes) + 1,
    });
    const { statusCode: status, headers } = response;
    const location = isRedirect(status) && typeof headers.location === 'string' ? headers.location : undefined;
    if (location !== undefined) return { status, headers, body: Buffer.alloc(0), location };
    const target = { method: request.method, host: request.url.host };
    if (request.maxBodyBytes === undefined || !isSuccess(status)) {
      await discard(response.body);
      return { status, headers, body: Buffer.alloc(0), location };
    }
    return { status, headers, body: await readBody(response, request.maxBodyBytes, target), location };
  } finally {
    await dispatcher.destroy();
  }
}

/** Answers every look-up of the connection with the addresses that were checked. */
function pinnedTo(addresses: LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** A look-up cannot be cancelled, but nobody has to wait for it. */
function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function toFailure(target: { method: string; host: string }, error: unknown): unknown {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof errors.InvalidArgumentError || error instanceof errors.NotSupportedError) {
    return invalidInput(`${target.method} ${target.host}: the request cannot be sent: ${error.message}`);
  }
  return connectionFailed(target, reasonOf(error));
}

/** The code of a network error says what went wrong; its message may hold more than a log should. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
