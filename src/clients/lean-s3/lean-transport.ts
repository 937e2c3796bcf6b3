import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { StandardRetryStrategy } from '@smithy/core/retry';
import type { AwsCredentialIdentity, EndpointV2, RetryStrategyV2, RetryToken } from '@smithy/types';
import { createHttpExchange, type HttpRequest } from './http-exchange.js';
import { type AnswerMemory, exceptionOf, type LeanAnswer } from './lean-output.js';
import type { LeanRequest } from './lean-request.js';
import { NotSimpleError } from './not-simple-error.js';
import { textOf } from './read-all.js';
import { encodeKey, payloadHeaders, queryString } from './request-form.js';
import { errorTypeOf } from './retry-kind.js';
import { Signer } from './signer.js';
import type { WireTarget } from './wire-connection.js';
import { WirePool } from './wire-pool.js';

const KiB = 1024;
/** Bodies up to this are sent in one piece over connections of their own. */
const smallBody = 1024 * KiB;
/** Connections to one host at once, but for reads: a read stays open while its reader waits for memory, which others free by writing. */
const mostConnections = 64;
/** What S3 says beside the bytes that were asked for is short. */
const longestAnswer = 64 * KiB;
/** For so long what the SDK's provider of credentials gave is used without asking it again. */
const credentialsMs = 1000;

/** How the requests of a bucket go. */
interface Route {
  to: Destination;
  retries: RetryStrategyV2;
  /** Of a strategy that gives the same to everybody. */
  initialToken: RetryToken | undefined;
}

/** Where a bucket is, and what signs requests to it. */
interface Destination {
  protocol: string;
  hostname: string;
  port?: number;
  host: string;
  /** Before the key, without a slash at the end. */
  path: string;
  signer: Signer;
  reads: WirePool;
  others: WirePool;
}

/** Sends requests with the SDK's credentials, endpoints and retries. */
export class LeanTransport {
  readonly #http = createHttpExchange();
  /** By bucket; `elsewhere` for those that need more than a signature of version 4: access points, directory buckets. */
  readonly #routes = new Map<string, Route | 'elsewhere' | Promise<Route | 'elsewhere'>>();
  #credentials: { identity: AwsCredentialIdentity; until: number } | undefined;
  /** By protocol and host: with addresses by path, all buckets have one. */
  readonly #wires = new Map<string, Pick<Destination, 'reads' | 'others'>>();
  /** Operations that are not answered simply here. To ask twice each time would be to do them twice. */
  readonly #notSimple = new Set<string>();

  constructor(private readonly config: S3Client['config']) {}

  /**
   * Undefined for what is left to the SDK: buckets that need more than a signature of version 4, and answers of another form.
   * @param memory for the body that is asked for, where its size is known.
   */
  async send(
    request: LeanRequest,
    signal: AbortSignal | undefined,
    memory?: AnswerMemory,
  ): Promise<object | undefined> {
    const known = this.#routeOf(request.bucket);
    // Awaited only where there is something to wait for, here and below: in a worker each promise is also seen by its async hooks.
    const route = known instanceof Promise ? await known : known;
    if (route === 'elsewhere') return undefined;
    const { retries } = route;
    let token = route.initialToken ?? (await retries.acquireInitialRetryToken(''));
    for (let attempts = 1; ; attempts += 1) {
      try {
        const output = await this.#attempt(request, route.to, signal, memory);
        retries.recordSuccess(token);
        return output === undefined
          ? undefined
          : Object.assign(output, { $metadata: { httpStatusCode: 200, attempts } });
      } catch (thrown) {
        signal?.throwIfAborted();
        const error = asError(thrown);
        // The SDK knows by how much our clock is wrong.
        if (error.name === 'RequestTimeTooSkewed') return undefined;
        try {
          token = await retries.refreshRetryTokenForRetry(token, { errorType: errorTypeOf(error) });
        } catch {
          throw error;
        }
        await delay(token.getRetryDelay(), undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  close(): void {
    this.#http.close();
    for (const { reads, others } of this.#wires.values()) for (const pool of [reads, others]) pool.close();
  }

  async #attempt(
    request: LeanRequest,
    to: Destination,
    signal: AbortSignal | undefined,
    memory: AnswerMemory | undefined,
  ): Promise<object | undefined> {
    const { method, body } = request;
    const path = `${to.path}/${encodeKey(request.key)}`;
    const query = queryString(request.query);
    const parts = { method, path, query, headers: { host: to.host, ...request.headers, ...payloadHeaders(body) } };
    const now = Date.now() + this.config.systemClockOffset;
    const headers = to.signer.sign(parts, this.#knownCredentials() ?? (await this.#askForCredentials()), now);
    const signed = { method, path: query === '' ? path : `${path}?${query}`, headers, body, signal };
    let answer: LeanAnswer | undefined;
    if (this.#isSmall(request, memory)) {
      const head = headOf(signed);
      const pool = method === 'GET' ? to.reads : to.others;
      try {
        answer = await pool.send({ method, head, body, longestBody: longestAnswer, memory: memory?.buffer, signal });
      } catch (error) {
        this.#noteNotSimple(request, error);
      }
    }
    if (answer === undefined) {
      const { protocol, hostname, port } = to;
      answer = await this.#http.send({ protocol, hostname, port, ...signed, onAnswer: request.onAnswer });
    }
    if (answer.status >= 300) throw exceptionOf(answer, await textOf(answer.body));
    return request.output(answer, memory);
  }

  #isSmall({ method, operation, body }: LeanRequest, memory: AnswerMemory | undefined): boolean {
    if (this.#notSimple.has(operation)) return false;
    return method === 'GET' ? memory !== undefined : (body?.length ?? 0) <= smallBody;
  }

  /** @throws the error, if it is not that the answer is of a form that has to be read in another way. */
  #noteNotSimple({ method, operation }: LeanRequest, error: unknown): void {
    if (!(error instanceof NotSimpleError)) throw error;
    // To ask again at once is no answer to "slow down".
    if (error.status !== undefined && error.status >= 400)
      throw exceptionOf({ status: error.status, headers: {}, body: Buffer.alloc(0) }, '');
    if (method === 'PUT' && error.status !== undefined && error.status < 300) this.#notSimple.add(operation);
  }

  #knownCredentials(): AwsCredentialIdentity | undefined {
    const known = this.#credentials;
    return known !== undefined && performance.now() < known.until ? known.identity : undefined;
  }

  /** The provider keeps them itself, and fetches others in time; to be asked costs more than to sign. */
  async #askForCredentials(): Promise<AwsCredentialIdentity> {
    const identity = await this.config.credentials();
    this.#credentials = { identity, until: performance.now() + credentialsMs };
    return identity;
  }

  #routeOf(bucket: string): Route | 'elsewhere' | Promise<Route | 'elsewhere'> {
    const known = this.#routes.get(bucket);
    if (known !== undefined) return known;
    const route = this.#findRoute(bucket);
    this.#routes.set(bucket, route);
    route.then(
      (found) => this.#routes.set(bucket, found),
      () => this.#routes.delete(bucket),
    );
    return route;
  }

  async #findRoute(bucket: string): Promise<Route | 'elsewhere'> {
    const to = await this.#resolve(bucket);
    const retries = await this.config.retryStrategy();
    if (to === undefined || !isSecondVersion(retries)) return 'elsewhere';
    const isStandard = retries instanceof StandardRetryStrategy;
    return { to, retries, initialToken: isStandard ? await retries.acquireInitialRetryToken('') : undefined };
  }

  async #resolve(Bucket: string): Promise<Destination | undefined> {
    const endpoint = await getEndpointFromInstructions({ Bucket, Key: '-' }, GetObjectCommand, this.config);
    const scheme = schemeOf(endpoint);
    if (scheme === undefined) return undefined;
    const { protocol, hostname, port, host, pathname } = endpoint.url;
    return {
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      host,
      path: pathname.replace(/\/$/, ''),
      signer: new Signer(scheme.region ?? (await this.config.region()), scheme.service ?? 's3'),
      ...this.#wiresTo({ protocol, hostname, port: port === '' ? undefined : Number(port) }),
    };
  }

  #wiresTo(target: WireTarget): Pick<Destination, 'reads' | 'others'> {
    const name = `${target.protocol}//${target.hostname}:${target.port}`;
    const reads = () => new WirePool(target, Number.POSITIVE_INFINITY);
    const wires = this.#wires.get(name) ?? { reads: reads(), others: new WirePool(target, mostConnections) };
    this.#wires.set(name, wires);
    return wires;
  }
}

/** Request line and headers, with the empty line at the end. */
function headOf({ method, path, headers, body }: Pick<HttpRequest, 'method' | 'path' | 'headers' | 'body'>): string {
  let lines = '';
  for (const name in headers) lines += `${name}: ${headers[name]}\r\n`;
  // A PUT without a body, such as a copy, has to say so.
  const length = method === 'PUT' && body === undefined ? 'content-length: 0\r\n' : '';
  return `${method} ${path} HTTP/1.1\r\n${lines}${length}\r\n`;
}

function schemeOf({ properties, headers }: EndpointV2): { region?: string; service?: string } | undefined {
  if (Object.keys(headers ?? {}).length > 0 || properties?.backend === 'S3Express') return undefined;
  const schemes: unknown = properties?.authSchemes;
  const first: unknown = Array.isArray(schemes) ? schemes[0] : undefined;
  if (typeof first !== 'object' || first === null || !('name' in first) || first.name !== 'sigv4') return undefined;
  return {
    ...('signingRegion' in first && typeof first.signingRegion === 'string' ? { region: first.signingRegion } : {}),
    ...('signingName' in first && typeof first.signingName === 'string' ? { service: first.signingName } : {}),
  };
}

function isSecondVersion(strategy: object): strategy is RetryStrategyV2 {
  return 'acquireInitialRetryToken' in strategy;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
