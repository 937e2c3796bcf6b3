import { OutputBlock } from './output-block.js';
import { partBlockSize } from './part-size.js';

/** Memory for so many parts at once, of any outputs. */
export function createPartMemory(parts: number): PartMemory {
  return new PartMemory(parts, partBlockSize());
}

/**
 * Memory for the parts of outputs, so many blocks for everything that is written at once. An output gets one block as soon as
 * there is one, in the order of asking, and keeps it to its end; more than one only while nobody waits, and all only while it is
 * the only one: however slow it is, one is left for the others. So whoever has a block can go on without another, and nobody waits
 * for ever.
 */
export class PartMemory {
  #held = 0;
  readonly #waiting = new Set<() => void>();
  readonly #free: OutputBlock[] = [];
  /** Of the outputs that are under way. */
  readonly #leases = new Set<PartLease>();

  constructor(
    private readonly blocks: number,
    /** Bytes of a block. One that had to grow is not kept. */
    readonly blockSize: number,
  ) {}

  /** The share of one output, which has to end it; nothing is taken yet. */
  lease(signal: AbortSignal): PartLease {
    const lease = new PartLease(this, signal);
    this.#leases.add(lease);
    return lease;
  }

  ended(lease: PartLease): void {
    this.#leases.delete(lease);
  }

  get isWanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** The most blocks of one output. */
  get share(): number {
    return this.#leases.size > 1 ? Math.max(1, this.blocks - 1) : this.blocks;
  }

  take(): OutputBlock | undefined {
    if (this.isWanted) return undefined;
    if (this.#held >= this.blocks) this.#reclaim();
    return this.#held < this.blocks ? this.#allot() : undefined;
  }

  /** @throws the reason of the signal when that aborts. */
  async wait(signal: AbortSignal): Promise<OutputBlock> {
    signal.throwIfAborted();
    const block = this.take();
    if (block !== undefined) return block;
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(turn);
        signal.removeEventListener('abort', abort);
      };
      const abort = () => {
        leave();
        reject(signal.reason);
      };
      const turn = () => {
        leave();
        resolve();
      };
      this.#waiting.add(turn);
      signal.addEventListener('abort', abort, { once: true });
    });
    // The place was passed on by `giveBack`.
    return this.#free.pop() ?? new OutputBlock(this.blockSize);
  }

  giveBack(block: OutputBlock): void {
    block.clear();
    if (block.capacity <= this.blockSize) this.#free.push(block);
    const [next] = this.#waiting;
    if (next === undefined) this.#held -= 1;
    else next();
  }

  /** Takes back a block that its output does not use just now: one that reads slowly would be long in giving it. */
  #reclaim(): void {
    for (const lease of this.#leases) {
      const block = lease.spare();
      if (block === undefined) continue;
      this.giveBack(block);
      return;
    }
  }

  #allot(): OutputBlock {
    this.#held += 1;
    return this.#free.pop() ?? new OutputBlock(this.blockSize);
  }
}

/** What one output has of a {@link PartMemory}. */
export class PartLease {
  readonly #all = new Set<OutputBlock>();
  readonly #free: OutputBlock[] = [];

  constructor(
    private readonly memory: PartMemory,
    private readonly signal: AbortSignal,
  ) {}

  /** Waits for the first block, if there is none yet. To be called before much memory is used for the output in any way. */
  async begin(): Promise<void> {
    if (this.#all.size > 0) return;
    const block = await this.memory.wait(this.signal);
    this.#all.add(block);
    this.#free.push(block);
  }

  /** An empty block; undefined when the output has to wait until it is done with one of its own. */
  next(): OutputBlock | undefined {
    const own = this.#free.pop();
    if (own !== undefined) return own;
    if (this.#all.size >= this.memory.share) return undefined;
    const block = this.memory.take();
    if (block !== undefined) this.#all.add(block);
    return block;
  }

  /** The output is done with a block. */
  done(block: OutputBlock): void {
    block.clear();
    if (this.#all.size > 1 && this.memory.isWanted) {
      this.#all.delete(block);
      this.memory.giveBack(block);
    } else {
      this.#free.push(block);
    }
  }

  /** Gives up a block that is not in use, if it is not the only one. */
  spare(): OutputBlock | undefined {
    const block = this.#all.size > 1 ? this.#free.pop() : undefined;
    if (block !== undefined) this.#all.delete(block);
    return block;
  }

  /** The output is over: none of its blocks is in use any more. */
  end(): void {
    this.memory.ended(this);
    for (const block of this.#all) this.memory.giveBack(block);
    this.#all.clear();
    this.#free.length = 0;
  }
}
