import net from 'node:net';
import tls from 'node:tls';
import { onAbort } from './abort-listener.js';
import { type WireAnswer, WireReader } from './wire-reader.js';

/** Where a connection goes. */
export interface WireTarget {
  protocol: string;
  hostname: string;
  port: number | undefined;
}

/** A request as it goes over the wire. */
export interface WireRequest {
  method: string;
  /** Request line and headers, with the empty line at the end. */
  head: string;
  body: Uint8Array | undefined;
  longestBody: number;
  /** Takes the body of the answer if it is large enough. */
  memory: Buffer | undefined;
  signal: AbortSignal | undefined;
}

/** Without a byte for so long, a connection is given up. A copy of 5 GiB inside S3 may be silent for minutes. */
const silenceMs = 300_000;
/** Servers keep an idle connection for some seconds; one that is about to be closed is of no use. */
const idleMs = 4_000;
const readBuffer = 64 * 1024;

interface Exchange {
  reader: WireReader;
  resolve(answer: WireAnswer): void;
  reject(error: Error): void;
}

/** A connection that carries one exchange at a time. */
export class WireConnection {
  readonly #socket: net.Socket;
  #exchange: Exchange | undefined;
  #closed = false;
  /** Exchanges that came to their end on it. */
  #served = 0;

  /** @param onClose it can't be used any more. */
  constructor(target: WireTarget, onClose: (connection: WireConnection) => void) {
    this.#socket = connect(target, (chunk) => this.#onData(chunk));
    this.#socket.setNoDelay(true);
    this.#socket.on('timeout', () => this.#fail(withCode('no byte came for minutes', 'ETIMEDOUT')));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('end', () => this.#fail(withCode('the other side closed the connection', 'ECONNRESET')));
    this.#socket.on('close', () => {
      this.#fail(withCode('the connection was closed', 'ECONNRESET'));
      onClose(this);
    });
  }

  get isUsable(): boolean {
    return !this.#closed && this.#exchange === undefined;
  }

  /** It has been idle: the server may have closed it, without that having been seen. */
  get isUsed(): boolean {
    return this.#served > 0;
  }

  /**
   * @throws NotSimpleError, an error with a code of the network, or the reason of the signal. The connection is closed then. `began`
   *   of a network error says that some of the answer had come.
   */
  send({ method, head, body, longestBody, memory, signal }: WireRequest): Promise<WireAnswer> {
    const reader = new WireReader(method === 'HEAD', longestBody, memory);
    return new Promise<WireAnswer>((resolve, reject) => {
      const abort = () => {
        this.#exchange = undefined;
        this.close();
        reject(signal?.reason);
      };
      const over = signal === undefined ? () => undefined : onAbort(signal, abort);
      this.#exchange = {
        reader,
        resolve: (answer) => {
          over();
          resolve(answer);
        },
        reject: (error) => {
          over();
          reject(error);
        },
      };
      this.#socket.ref();
      this.#socket.setTimeout(silenceMs);
      if (body === undefined || body.length === 0) this.#socket.write(head, 'latin1');
      else {
        this.#socket.cork();
        this.#socket.write(head, 'latin1');
        this.#socket.write(body);
        this.#socket.uncork();
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    const exchange = this.#exchange;
    // Nobody asked for it: the next answer could not be told from it.
    if (exchange === undefined) {
      this.close();
      return;
    }
    try {
      const answer = exchange.reader.push(chunk);
      if (answer === undefined) return;
      this.#exchange = undefined;
      this.#served += 1;
      // An answer that came before its request was out leaves bytes behind that nobody may change yet.
      if (answer.keepsAlive && this.#socket.writableLength === 0) {
        this.#socket.unref();
        this.#socket.setTimeout(idleMs);
      } else {
        this.close();
      }
      exchange.resolve(answer);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(error: Error): void {
    this.close();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.reject(Object.assign(error, { began: exchange.reader.hasBegun }));
  }
}

function connect({ protocol, hostname, port }: WireTarget, onData: (chunk: Buffer) => void): net.Socket {
  // An IPv6 address stands in brackets in a URL only.
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'https:') {
    const servername = net.isIP(host) === 0 ? host : '';
    const socket = tls.connect({ host, port: port ?? 443, servername, ALPNProtocols: ['http/1.1'] });
    return socket.on('data', onData);
  }
  const onread = {
    // One piece of memory for all that the connection reads: a new one for each read is most of what there is to collect.
    buffer: Buffer.allocUnsafeSlow(readBuffer),
    callback: (length: number, buffer: Uint8Array) => {
      onData(Buffer.from(buffer.buffer, buffer.byteOffset, length));
      return true;
    },
  };
  return net.connect({ host, port: port ?? 80, onread });
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
