import type { EndedRun, StartedSlots } from '../../domain/backfill/activities.js';
import { estimatedEnd } from '../../domain/backfill/estimate.js';
import type { BackfillProgress, RunReference } from '../../domain/backfill/progress.js';
import { decodeSlots, encodeSlots } from '../../domain/backfill/slot-list.js';
import type { BackfillInput, BackfillResult, CarriedState, OpenSlot } from '../../domain/backfill/workflow.js';

/** What became of each slot of a backfill so far: pending, open, or counted. */
export class Ledger {
  private readonly pending: number[];
  /** Where the pending slots begin; the order decides from which end they are taken. */
  private first = 0;
  private readonly open: Map<string, OpenSlot>;
  private readonly counts: Omit<CarriedState, 'open' | 'paused'>;
  private paused: CarriedState['paused'];
  private yieldingTo: RunReference[] = [];

  constructor(private readonly input: BackfillInput) {
    const { open = [], paused, ...counts } = input.carried ?? {};
    this.pending = decodeSlots(input.slots);
    this.open = new Map(open.map((slot) => [slot.run.runId, slot]));
    this.counts = { succeeded: 0, failed: 0, skipped: 0, spentMs: 0, ...counts };
    this.paused = paused;
  }

  get isPaused(): boolean {
    return this.paused !== undefined;
  }

  get isDone(): boolean {
    return this.pendingCount === 0 && this.open.size === 0;
  }

  /** The slots whose turn it is; none while paused or while a live run goes first. */
  get due(): number[] {
    const free = Math.min(this.input.maxConcurrent - this.open.size, this.pendingCount);
    if (free <= 0 || this.isPaused || this.yieldingTo.length > 0) return [];
    if (this.input.order === 'oldest') return this.pending.slice(this.first, this.first + free);
    return this.pending.slice(-free).reverse();
  }

  get openRuns(): RunReference[] {
    return [...this.open.values()].map(({ run }) => run);
  }

  /** Everything whose end changes what can be done next. */
  get watched(): RunReference[] {
    return [...this.openRuns, ...this.yieldingTo];
  }

  /** @param since when the slots were handed out; milliseconds */
  recordStart({ started, skipped, yieldTo }: StartedSlots, since: number): void {
    for (const { slot, run } of started) this.open.set(run.runId, { slot, run, since });
    this.counts.skipped += skipped.length;
    this.drop(started.length + skipped.length);
    this.yieldingTo = yieldTo;
  }

  recordEnds(ended: readonly EndedRun[], now: number): void {
    for (const { runId, end } of ended) {
      const slot = this.open.get(runId);
      // The end of a live run only means that it need not be waited for.
      if (slot === undefined) continue;
      this.open.delete(runId);
      this.counts.spentMs += now - slot.since;
      if (end === 'completed') this.counts.succeeded += 1;
      else this.counts.failed += 1;
    }
    // Whether another live run goes first is asked again before the next start.
    if (ended.length > 0) this.yieldingTo = [];
  }

  pause(paused: NonNullable<CarriedState['paused']>): void {
    this.paused ??= paused;
    this.yieldingTo = [];
  }

  resume(): void {
    this.paused = undefined;
  }

  progress(now: number): BackfillProgress {
    const { succeeded, failed, skipped } = this.counts;
    const [live] = this.yieldingTo;
    return {
      running: this.open.size,
      succeeded,
      failed,
      skipped,
      eta: this.eta(now),
      ...(this.paused === undefined ? {} : { paused: this.paused }),
      ...(live === undefined ? {} : { yieldingTo: live }),
    };
  }

  get result(): BackfillResult {
    const { succeeded, failed, skipped } = this.counts;
    return { succeeded, failed, skipped };
  }

  /** The argument with which the workflow continues as new. */
  carry(): BackfillInput {
    const { first, pending } = this;
    return {
      ...this.input,
      slots: encodeSlots(pending.slice(first)),
      carried: {
        ...this.counts,
        open: [...this.open.values()],
        ...(this.paused === undefined ? {} : { paused: this.paused }),
      },
    };
  }

  private get pendingCount(): number {
    return this.pending.length - this.first;
  }

  private drop(count: number): void {
    if (this.input.order === 'oldest') this.first += count;
    else this.pending.length -= count;
  }

  private eta(now: number): string | null {
    if (this.isPaused) return null;
    const ended = this.counts.succeeded + this.counts.failed;
    const at = estimatedEnd({
      now,
      pending: this.pendingCount,
      running: [...this.open.values()].map(({ since }) => since),
      maxConcurrent: this.input.maxConcurrent,
      slotMs: ended > 0 ? this.counts.spentMs / ended : this.input.expectedMs,
    });
    return at === undefined ? null : new Date(at).toISOString();
  }
}
