import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import type { EndpointV2, RetryStrategyV2 } from '@smithy/types';
import { createHttpExchange } from './http-exchange.js';
import { exceptionOf, type LeanAnswer } from './lean-output.js';
import type { LeanRequest } from './lean-request.js';
import { textOf } from './read-all.js';
import { encodeKey, payloadHeaders, queryString } from './request-form.js';
import { errorTypeOf } from './retry-kind.js';
import { Signer } from './signer.js';
import { WirePool } from './wire-pool.js';
import { NotSimpleError } from './wire-reader.js';

const KiB = 1024;
/** Bodies up to this go in one piece over connections of their own. */
const smallBody = 1024 * KiB;
/** What S3 says to anything but a read is short. */
const longestAnswer = 64 * KiB;
/** Where a bucket is, and what signs requests to it. */
interface Destination {
  protocol: string;
  hostname: string;
  port?: number;
  host: string;
  /** Before the key, without a slash at the end. */
  path: string;
  signer: Signer;
  wire: WirePool;
}

/** Sends requests with the SDK's credentials, endpoints and retries. */
export class LeanTransport {
  readonly #http = createHttpExchange();
  readonly #destinations = new Map<string, Promise<Destination | undefined>>();
  /** By protocol and host: with addresses by path, all buckets have one. */
  readonly #wires = new Map<string, WirePool>();
  /** Operations that are not answered simply here. To ask twice each time would be to do them twice. */
  readonly #notSimple = new Set<string>();

  constructor(private readonly config: S3Client['config']) {}

  /**
   * Undefined for buckets that need more than a signature of version 4: access points, directory buckets.
   * @param memory for the body that is asked for, where its size is known.
   */
  async send(request: LeanRequest, signal: AbortSignal | undefined, memory?: Buffer): Promise<object | undefined> {
    const destination = await this.#destinationOf(request.bucket);
    const retries = await this.config.retryStrategy();
    if (destination === undefined || !isSecondVersion(retries)) return undefined;
    let token = await retries.acquireInitialRetryToken('');
    for (let attempts = 1; ; attempts += 1) {
      try {
        const output = await this.#attempt(request, destination, signal, memory);
        retries.recordSuccess(token);
        return { $metadata: { httpStatusCode: 200, attempts }, ...output };
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
    for (const wire of this.#wires.values()) wire.close();
  }

  async #attempt(
    request: LeanRequest,
    to: Destination,
    signal: AbortSignal | undefined,
    memory: Buffer | undefined,
  ): Promise<object> {
    const { method, body } = request;
    const { protocol, hostname, port } = to;
    const path = `${to.path}/${encodeKey(request.key)}`;
    const query = queryString(request.query);
    const parts = { method, path, query, headers: { host: to.host, ...request.headers, ...payloadHeaders(body) } };
    const headers = to.signer.sign(parts, await this.config.credentials(), Date.now() + this.config.systemClockOffset);
    const ready = { path: query === '' ? path : `${path}?${query}`, headers, signal };
    const answer =
      (this.#isSmall(request, memory) ? await this.#sendSmall(request, to, ready, memory) : undefined) ??
      (await this.#http.send({ protocol, hostname, port, method, ...ready, body, onAnswer: request.onAnswer }));
    if (answer.status >= 300) throw exceptionOf(answer, await textOf(answer.body));
    return request.output(answer);
  }

  #isSmall({ method, operation, body }: LeanRequest, memory: Buffer | undefined): boolean {
    if (this.#notSimple.has(operation)) return false;
    return method === 'GET' ? (memory?.length ?? smallBody + 1) <= smallBody : (body?.length ?? 0) <= smallBody;
  }

  /** Undefined for an answer that is not simple. */
  async #sendSmall(
    { method, operation, body }: LeanRequest,
    { wire }: Destination,
    { path, headers, signal }: { path: string; headers: Record<string, string>; signal: AbortSignal | undefined },
    memory: Buffer | undefined,
  ): Promise<LeanAnswer | undefined> {
    let lines = '';
    for (const name in headers) lines += `${name}: ${headers[name]}\r\n`;
    // A PUT without a body, such as a copy, has to say so.
    const length = method === 'PUT' && body === undefined ? 'content-length: 0\r\n' : '';
    const head = `${method} ${path} HTTP/1.1\r\n${lines}${length}\r\n`;
    const longestBody = method === 'GET' ? smallBody : longestAnswer;
    try {
      return await wire.send({ method, head, body, longestBody, memory, signal });
    } catch (error) {
      if (!(error instanceof NotSimpleError)) throw error;
      if (method === 'PUT' && error.status !== undefined && error.status < 300) this.#notSimple.add(operation);
      return undefined;
    }
  }

  #destinationOf(bucket: string): Promise<Destination | undefined> {
    let destination = this.#destinations.get(bucket);
    if (destination === undefined) {
      destination = this.#resolve(bucket);
      this.#destinations.set(bucket, destination);
      destination.catch(() => this.#destinations.delete(bucket));
    }
    return destination;
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
      wire: this.#wireTo({ protocol, hostname, port: port === '' ? undefined : Number(port) }),
    };
  }

  #wireTo(target: { protocol: string; hostname: string; port: number | undefined }): WirePool {
    const name = `${target.protocol}//${target.hostname}:${target.port}`;
    const wire = this.#wires.get(name) ?? new WirePool(target);
    this.#wires.set(name, wire);
    return wire;
  }
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
