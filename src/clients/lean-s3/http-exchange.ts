import http from 'node:http';
import https from 'node:https';
import type { LeanAnswer } from './lean-output.js';

/** Connections to one host for all requests but reads: as many as the SDK opens. */
const maxSockets = 50;
/** Connections for reads that are kept while nobody uses them. */
const maxFreeSockets = 64;
/** Without a byte for so long, a connection is given up. A copy of 5 GiB inside S3 may be silent for minutes. */
const silenceMs = 300_000;

/** A request that is ready to go out. */
export interface HttpRequest {
  protocol: string;
  hostname: string;
  port: number | undefined;
  method: string;
  /** With the query, as it was signed. */
  path: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
  signal: AbortSignal | undefined;
  /** Sees the answer before any of its body came. */
  onAnswer?: ((answer: LeanAnswer) => void) | undefined;
}

/**
 * One HTTP/1.1 exchange at a time over connections that are kept. Node's own client: less work a request than the SDK's handler.
 * Reads have connections of their own, and no limit but the steps' own concurrency: a read stays open while its reader waits for
 * memory, which others free by writing and by reading on. If those had to wait for a connection, all would wait for ever.
 */
export function createHttpExchange() {
  const common = { keepAlive: true, timeout: silenceMs };
  const reads = agentsOf({ ...common, maxFreeSockets });
  const others = agentsOf({ ...common, maxSockets });
  return {
    /** Resolves with the head of the answer. Rejects with an error that has a code when the network fails. */
    send({ protocol, hostname, port, body, signal, onAnswer, ...rest }: HttpRequest): Promise<LeanAnswer> {
      const secure = protocol === 'https:';
      const agents = rest.method === 'GET' ? reads : others;
      return new Promise((resolve, reject) => {
        const request = (secure ? https : http).request({
          agent: secure ? agents.https : agents.http,
          // An IPv6 address stands in brackets in a URL only.
          hostname: hostname.replace(/^\[|\]$/g, ''),
          port,
          signal,
          ...rest,
        });
        request.once('response', (message) => {
          const answer = { status: message.statusCode ?? 0, headers: message.headers, body: message };
          onAnswer?.(answer);
          resolve(answer);
        });
        request.once('error', reject);
        request.once('timeout', () => {
          const error = new Error(`no byte came for ${silenceMs / 60_000} minutes`);
          request.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
        });
        request.end(body);
      });
    },
    close(): void {
      for (const agent of [reads.http, reads.https, others.http, others.https]) agent.destroy();
    },
  };
}

function agentsOf(options: http.AgentOptions) {
  return { http: new http.Agent(options), https: new https.Agent(options) };
}
