import { AlmanacError, type ErrorCode, errorTable } from '../../domain/errors.js';
import type { Server } from '../server.js';
import { readProblem } from './problem.js';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the server's address, with a slash in front; each part encoded. */
  path: string;
  query?: Query;
  body?: unknown;
  /** How the request is called in messages, for a path that must not be shown. */
  label?: string;
}

/** Every call has a deadline: the API itself gives up on Temporal before this. */
const timeoutMs = 30_000;

/** JSON over HTTP to one server. Failures become AlmanacError: problems keep their code, a network fault is `unavailable`. */
export class HttpClient {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** @returns the parsed JSON of a 2xx answer; undefined when it has no body */
  async send(request: HttpRequest): Promise<unknown> {
    const label = request.label ?? `${request.method} ${request.path}`;
    const response = await this.#fetch(request);
    const text = await response.text().catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    if (response.ok) return text === '' ? undefined : this.#parse(text, label);
    throw this.#failure(response, text, label);
  }

  async #fetch({ method, path, query, body }: HttpRequest): Promise<Response> {
    const { url, key } = this.#server;
    try {
      return await fetch(`${url}${path}${queryString(query)}`, {
        method,
        // A redirected POST would become a GET, and the key must not travel to another host.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          accept: 'application/json, application/problem+json',
          'user-agent': 'almanac-cli',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #parse(text: string, label: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new AlmanacError(
        'failed',
        `${label}: ${this.#server.url} did not answer with JSON. Is it an Almanac API?`,
        {
          cause: error,
        },
      );
    }
  }

  #failure(response: Response, text: string, label: string): AlmanacError {
    if (response.status >= 300 && response.status < 400) {
      return new AlmanacError('failed', `${label}: ${this.#server.url} redirects elsewhere: use that address instead`);
    }
    const problem = readProblem(text);
    const code = problem?.code ?? codeOfStatus(response.status);
    const said = problem?.detail ?? `${label} was answered with ${response.status} ${response.statusText}`.trim();
    const details = problem?.errors ?? [];
    return new AlmanacError(code, `${said}${this.#nextStep(code)}`, { details });
  }

  #nextStep(code: ErrorCode): string {
    if (code !== 'unauthenticated') return '';
    return this.#server.key === undefined
      ? '. No key was sent: set ALMANAC_KEY or give --key-file'
      : '. The key was refused: check ALMANAC_KEY or --key-file';
  }

  #unreachable(error: unknown): AlmanacError {
    const { url, hint } = this.#server;
    return new AlmanacError(
      'unavailable',
      `cannot reach the Almanac API at ${url} (${networkReason(error)}): ${hint}`,
      {
        cause: error,
      },
    );
  }
}

/** `a=1&b=2` with a question mark in front; fields without a value are left out. */
function queryString(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** What an answer without a problem document means: a proxy or gateway spoke, not the API. */
export function codeOfStatus(status: number): ErrorCode {
  if (status === 502 || status === 504) return 'unavailable';
  const codes: ErrorCode[] = ['invalid-input', 'unauthenticated', 'forbidden', 'not-found', 'conflict', 'gone'];
  codes.push('precondition-failed', 'too-large', 'unsupported-media-type', 'over-cap', 'throttled', 'unavailable');
  return codes.find((code) => errorTable[code].status === status) ?? (status < 500 ? 'invalid-input' : 'failed');
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${timeoutMs / 1000} s`;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name is not known';
  return (cause instanceof Error && cause.message) || code || error.message;
}
