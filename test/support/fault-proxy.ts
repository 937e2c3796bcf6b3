import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What goes wrong, as shares of the requests from 0 to 1. */
export interface Faults {
  /** 503 SlowDown, and the server never hears of the request. */
  slowDown?: number;
  /** The connection is reset before the server hears of the request. */
  reset?: number;
  /** The server does what is asked for, and then the connection is reset. */
  lostAnswer?: number;
  /** Half of the body of a GET, and then the connection is closed. */
  truncate?: number;
  /** The first bytes of the body of a GET come in drops. */
  drip?: number;
}

/** A request that was answered by the server, and how. */
export interface Answered {
  method: string;
  /** Decoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Of a POST: XML. */
  body: string;
  status: number;
}

export interface FaultProxy {
  readonly url: string;
  readonly answered: Answered[];
  /** How often each fault was made. */
  readonly made: Record<keyof Faults, number>;
  setFaults(faults: Faults): void;
  /** Holds requests for which this is true back for so long. */
  slow(matches: (request: { method: string; path: string }) => boolean, milliseconds: number): void;
  /** The server does not have these requests: 501 NotImplemented, each counted in `refused`. */
  refuse(matches: (headers: IncomingHttpHeaders) => boolean): void;
  readonly refused: string[];
  /** Stops the bodies of answers to requests for which this is true after so many bytes, until the function that it gives is called. */
  stall(matches: (request: { method: string; path: string }) => boolean, afterBytes: number): () => void;
  /** The answer to the next request for which this is true is lost. */
  loseNext(matches: (request: { method: string; path: string; query: URLSearchParams }) => boolean): void;
  close(): Promise<void>;
}

const slowDownBody =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your rate.</Message></Error>';

const notImplementedBody =
  '<?xml version="1.0"?><Error><Code>NotImplemented</Code><Message>There is no such request.</Message></Error>';

/**
 * Stands before an S3 server and makes faults. The host header goes through as it came, so signatures stay right.
 * @param random numbers in [0, 1): seeded, so that a run can be repeated.
 */
export async function startFaultProxy(target: string, random: () => number): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  let faults: Faults = {};
  let isSlow: (request: { method: string; path: string }) => boolean = () => false;
  let slowMs = 0;
  let isRefused: (headers: IncomingHttpHeaders) => boolean = () => false;
  const refused: string[] = [];
  let stalled: { matches: typeof isSlow; afterBytes: number; over: Promise<void> } | undefined;
  let isLost: Parameters<FaultProxy['loseNext']>[0] = () => false;
  const answered: Answered[] = [];
  const made = { slowDown: 0, reset: 0, lostAnswer: 0, truncate: 0, drip: 0 };
  const draw = (fault: keyof Faults): boolean => {
    const drawn = random() < (faults[fault] ?? 0);
    if (drawn) made[fault] += 1;
    return drawn;
  };

  const server = createServer((incoming, outgoing) => {
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const { pathname, searchParams: query } = new URL(url, target);
    const path = decodeURIComponent(pathname);
    if (isSlow({ method, path })) await delay(slowMs);
    if (draw('reset')) return void incoming.socket.destroy();
    if (draw('slowDown')) {
      incoming.resume();
      outgoing.writeHead(503, { 'content-type': 'application/xml', connection: 'close' }).end(slowDownBody);
      return;
    }
    if (isRefused(incoming.headers)) {
      refused.push(url);
      incoming.resume();
      const answer = { 'content-type': 'application/xml', 'content-length': notImplementedBody.length };
      outgoing.writeHead(501, answer).end(notImplementedBody);
      return;
    }
    const upstream = request({ hostname, port, method, path: url, headers: incoming.headers });
    let body = '';
    if (method === 'POST') incoming.on('data', (chunk) => (body += chunk));
    incoming.pipe(upstream);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      upstream.once('response', resolve);
      upstream.once('error', reject);
      // A request that went through whole is carried out, whether its sender still lives or not: it counts.
      outgoing.once('close', () => incoming.readableEnded || upstream.destroy());
    });
    answered.push({ method, path, query, headers: incoming.headers, body, status: answer.statusCode ?? 0 });
    if (outgoing.destroyed) return void answer.destroy();
    const lost = isLost({ method, path, query });
    if (lost) isLost = () => false;
    if (lost || draw('lostAnswer')) {
      answer.resume();
      return void incoming.socket.destroy();
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    const length = Number(answer.headers['content-length'] ?? 0);
    if (method === 'GET' && length > 0 && draw('truncate')) return truncate(answer, outgoing, length);
    if (method === 'GET' && length > 0 && draw('drip')) await drip(answer, outgoing);
    if (stalled?.matches({ method, path })) await stall(answer, outgoing, stalled);
    answer.pipe(outgoing);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered,
    made,
    setFaults: (wanted) => {
      faults = wanted;
    },
    slow: (matches, milliseconds) => {
      isSlow = matches;
      slowMs = milliseconds;
    },
    refuse: (matches) => {
      isRefused = matches;
    },
    refused,
    stall: (matches, afterBytes) => {
      let release = () => {};
      stalled = { matches, afterBytes, over: new Promise((resolve) => (release = resolve)) };
      return release;
    },
    loseNext: (matches) => {
      isLost = matches;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function truncate(answer: IncomingMessage, outgoing: ServerResponse, length: number): void {
  let left = Math.floor(length / 2);
  answer.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    outgoing.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) setTimeout(() => outgoing.destroy(), 5);
  });
  if (left === 0) outgoing.destroy();
}

async function drip(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  for (let drops = 0; drops < 20; drops += 1) {
    const drop = answer.read(100);
    if (drop !== null) outgoing.write(drop);
    if (answer.readableEnded) return;
    await delay(10);
  }
}

async function stall(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  { afterBytes, over }: { afterBytes: number; over: Promise<void> },
): Promise<void> {
  let bytes = 0;
  await new Promise<void>((resolve) => {
    answer.on('end', resolve);
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      outgoing.write(chunk);
      if (bytes < afterBytes) return;
      answer.pause();
      answer.removeAllListeners('data');
      resolve();
    });
  });
  await over;
}
