import {
  Connection,
  type ConnectionLike,
  type ConnectionOptions,
  type ConnectionPlugin,
  type Metadata,
  type OperatorService,
  type WorkflowService,
} from '@temporalio/client';

export interface ThawTimes {
  /** Milliseconds without use after which the connection is not trusted any more. */
  restMs: number;
  /** Milliseconds within which a server that is there answers a probe. */
  probeMs: number;
  now: () => number;
}

const defaultTimes: ThawTimes = { restMs: 5_000, probeMs: 1_000, now: Date.now };

/** Of gRPC's status codes those by which nobody is at the other end; any other answer shows that somebody is. */
const nobody: readonly unknown[] = [1, 4, 14];

/**
 * A connection for a process that is frozen between its calls, as a Lambda is. Meanwhile the server, or a gateway on the way, may have
 * forgotten it, which neither end was told: the next call would wait for its deadline. So the first call after a rest is preceded by
 * {@link thaw}, which replaces the channel once when it is dead.
 */
export class ThawingConnection implements ConnectionLike {
  #current: Connection;
  #usedAt: number;
  #thawing: Promise<void> | undefined;

  /** Nothing is connected until the first call. */
  constructor(
    private readonly options: ConnectionOptions,
    private readonly times: ThawTimes = defaultTimes,
  ) {
    this.#current = this.#connect();
    this.#usedAt = times.now();
  }

  /** To be awaited before a call that may be the first after a rest; costs nothing unless it is. */
  thaw(): Promise<void> {
    this.#thawing ??= this.#thaw().finally(() => {
      this.#thawing = undefined;
    });
    return this.#thawing;
  }

  /** The process may be frozen from now on. */
  rest(): void {
    this.#usedAt = this.times.now();
  }

  get workflowService(): WorkflowService {
    return this.#current.workflowService;
  }

  get operatorService(): OperatorService {
    return this.#current.operatorService;
  }

  get plugins(): ConnectionPlugin[] {
    return this.#current.plugins;
  }

  ensureConnected(): Promise<void> {
    return this.#current.ensureConnected();
  }

  close(): Promise<void> {
    return this.#current.close();
  }

  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R> {
    return this.#current.withDeadline(deadline, fn);
  }

  withMetadata<R>(metadata: Metadata, fn: () => Promise<R>): Promise<R> {
    return this.#current.withMetadata(metadata, fn);
  }

  withAbortSignal<R>(signal: AbortSignal, fn: () => Promise<R>): Promise<R> {
    return this.#current.withAbortSignal(signal, fn);
  }

  async #thaw(): Promise<void> {
    const rested = this.times.now() - this.#usedAt;
    this.rest();
    if (rested < this.times.restMs || (await this.#isAlive())) return;
    const dead = this.#current;
    this.#current = this.#connect();
    // It may have calls of before the rest; their answers are lost in any case.
    await dead.close().catch(() => undefined);
  }

  async #isAlive(): Promise<boolean> {
    const connection = this.#current;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), this.times.probeMs);
    });
    const probe = connection
      .withDeadline(Date.now() + this.times.probeMs, () => connection.workflowService.getSystemInfo({}))
      .then(
        () => true,
        (error: { code?: unknown }) => !nobody.includes(error.code),
      );
    try {
      return await Promise.race([probe, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** gRPC shares connections between channels of one address unless told otherwise: the new channel would get the dead one again. */
  #connect(): Connection {
    const { channelArgs } = this.options;
    return Connection.lazy({
      ...this.options,
      channelArgs: { ...channelArgs, 'grpc.use_local_subchannel_pool': 1 },
    });
  }
}
