import net from 'node:net';
import tls from 'node:tls';
import { onAbort } from './abort-listener.js';
import { WireBody } from './wire-body.js';
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
  /** Takes the body of the answer if it is large enough; else a good answer's body comes through it, piece by piece. */
  memory: Buffer | undefined;
  signal: AbortSignal | undefined;
}

/** Without a byte for so long, a connection is given up. A copy of 5 GiB inside S3 may be silent for minutes. */
const silenceMs = 300_000;
/** What is only read is there at once. */
const readSilenceMs = 60_000;
/** Servers keep an idle connection for some seconds; one that is about to be closed is of no use. */
const idleMs = 4_000;
const readBuffer = 64 * 1024;

interface Exchange {
  reader: WireReader;
  /** Once the head of an answer is there whose body comes piece by piece. */
  body: WireBody | undefined;
  /** Ends what was begun for it. */
  over(): void;
  resolve(answer: WireAnswer): void;
  reject(error: Error): void;
}

/** Told what becomes of a connection. */
export interface WireObserver {
  /** It can carry another exchange. */
  onFree(connection: WireConnection): void;
  /** It can't be used any more. */
  onClose(connection: WireConnection): void;
}

/** A connection that carries one exchange at a time. */
export class WireConnection {
  readonly #socket: net.Socket;
  readonly #readBuffer = Buffer.allocUnsafeSlow(readBuffer);
  readonly #stream = (memory: Buffer, length: number) =>
    new WireBody(memory, length, {
      resume: () => void this.#socket.resume(),
      close: () => this.#fail(new Error('nobody reads on')),
    });
  #exchange: Exchange | undefined;
  #closed = false;
  #keepsAlive = false;
  /** Exchanges that came to their end on it. */
  #served = 0;

  constructor(
    target: WireTarget,
    private readonly observer: WireObserver,
  ) {
    this.#socket = connect(target, {
      buffer: () => this.#nextBuffer(),
      onData: (chunk) => this.#onData(chunk),
    });
    this.#socket.setNoDelay(true);
    this.#socket.on('timeout', () => {
      // Whose reader takes its time is not stuck.
      if (!this.#exchange?.body?.isPaused) this.#fail(withCode('no byte came for a minute or more', 'ETIMEDOUT'));
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('end', () => this.#fail(withCode('the other side closed the connection', 'ECONNRESET')));
    this.#socket.on('close', () => {
      this.#fail(withCode('the connection was closed', 'ECONNRESET'));
      observer.onClose(this);
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
   * The answer; the connection is free again when its body is whole.
   * @throws NotSimpleError, an error with a code of the network, or the reason of the signal. The connection is closed then. `began`
   *   of a network error says that some of the answer had come.
   */
  send({ method, head, body, longestBody, memory, signal }: WireRequest): Promise<WireAnswer> {
    const reader = new WireReader(method === 'HEAD', longestBody, memory, this.#stream);
    return new Promise<WireAnswer>((resolve, reject) => {
      const abort = () => {
        const exchange = this.#exchange;
        this.#exchange = undefined;
        this.close();
        exchange?.body?.fail(signal?.reason);
        reject(signal?.reason);
      };
      const over = signal === undefined ? () => undefined : onAbort(signal, abort);
      this.#exchange = { reader, body: undefined, over, resolve, reject };
      this.#socket.ref();
      this.#socket.setTimeout(method === 'PUT' ? silenceMs : readSilenceMs);
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

  /** A body that comes piece by piece is read right to where its reader wants it. */
  #nextBuffer(): Buffer {
    return this.#exchange?.body?.room ?? this.#readBuffer;
  }

  /** @returns whether more may be read now */
  #onData(chunk: Buffer): boolean {
    const exchange = this.#exchange;
    // Nobody asked for it: the next answer could not be told from it.
    if (exchange === undefined) {
      this.close();
      return false;
    }
    try {
      if (exchange.body !== undefined) {
        const more = exchange.body.take(chunk);
        if (exchange.body.isWhole) this.#finish(exchange);
        return more || exchange.body.isWhole;
      }
      const answer = exchange.reader.push(chunk);
      if (answer === undefined) return true;
      const { body } = answer;
      this.#keepsAlive = answer.keepsAlive;
      if (Buffer.isBuffer(body)) {
        this.#finish(exchange);
      } else {
        exchange.body = body;
        if (body.isWhole) this.#finish(exchange);
      }
      exchange.resolve(answer);
      return Buffer.isBuffer(body) || body.isWhole || !body.isPaused;
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  /** All of the answer is here. */
  #finish(exchange: Exchange): void {
    exchange.over();
    this.#exchange = undefined;
    this.#served += 1;
    // An answer that came before its request was out leaves bytes behind that nobody may change yet.
    if (!this.#keepsAlive || this.#socket.writableLength > 0) {
      this.close();
      return;
    }
    this.#socket.unref();
    this.#socket.setTimeout(idleMs);
    this.observer.onFree(this);
  }

  #fail(error: Error): void {
    this.close();
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    exchange.over();
    exchange.body?.fail(error);
    exchange.reject(Object.assign(error, { began: exchange.reader.hasBegun }));
  }
}

interface ReadInto {
  /** Where what comes next may be written. */
  buffer(): Buffer;
  /** @returns whether more may be read now */
  onData(chunk: Buffer): boolean;
}

function connect({ protocol, hostname, port }: WireTarget, { buffer, onData }: ReadInto): net.Socket {
  // An IPv6 address stands in brackets in a URL only.
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'https:') {
    const servername = net.isIP(host) === 0 ? host : '';
    const socket = tls.connect({ host, port: port ?? 443, servername, ALPNProtocols: ['http/1.1'] });
    return socket.on('data', (chunk: Buffer) => {
      if (!onData(chunk)) socket.pause();
    });
  }
  const onread = {
    // The same memory again and again: a new piece for each read is most of what there is to collect.
    buffer,
    callback: (length: number, read: Uint8Array) => onData(Buffer.from(read.buffer, read.byteOffset, length)),
  };
  return net.connect({ host, port: port ?? 80, onread });
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
