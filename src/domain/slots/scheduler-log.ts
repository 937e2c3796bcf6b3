import type { SchedulerEvent, SchedulerRunStarted, UpdateSignal } from './scheduler-event.js';
import type { Era, FailedStart, ManualRequest, PausePeriod, SchedulerLog, StartedAction } from './slot-facts.js';

type Signal = Extract<SchedulerEvent, { type: 'pause' | 'unpause' | 'update' }>;

/**
 * What the events of the scheduler's history amount to: the rules of each time, the pauses, the instants at which it
 * looked for due fires, and what it was asked for beside them.
 * @param missing why there is nothing before the first event
 */
export function schedulerLog(events: Iterable<SchedulerEvent>, missing: string | undefined): SchedulerLog {
  const folding = new Folding();
  for (const event of events) folding.add(event);
  return folding.result(missing);
}

class Folding {
  private coveredFrom: number | undefined;
  private coveredUntil: number | undefined;
  private readonly eras: Era[] = [];
  private readonly pauses: PausePeriod[] = [];
  private readonly looks: number[] = [];
  private readonly requests: ManualRequest[] = [];
  private readonly actions = new Map<string, StartedAction>();
  private readonly failedStarts: FailedStart[] = [];
  /** Signals wait for the next look, which takes them up after it has looked. */
  private waiting: Signal[] = [];
  private token = 0;
  private countsDown = false;

  add(event: SchedulerEvent): void {
    switch (event.type) {
      case 'started':
        this.start(event);
        return;
      case 'pause':
      case 'unpause':
      case 'update':
        this.waiting.push(event);
        return;
      case 'trigger':
        this.requests.push({ ...event, kind: 'trigger', from: event.time, to: event.time });
        return;
      case 'backfill':
        this.requests.push({ ...event, kind: 'backfill' });
        return;
      case 'look':
        this.looks.push(event.at);
        for (const signal of this.waiting) this.takeUp(signal, event.at);
        this.waiting = [];
        return;
      case 'state':
        for (const action of event.actions) this.actions.set(action.runId, action);
        this.reconcile(event);
        return;
      case 'ended':
        this.coveredUntil = event.at;
        return;
      case 'start-failed':
        this.failedStarts.push({ at: event.at, message: event.message });
        return;
    }
  }

  result(missing: string | undefined): SchedulerLog {
    return {
      coveredFrom: this.coveredFrom,
      coveredUntil: this.coveredUntil,
      missing,
      eras: this.eras,
      pauses: this.pauses,
      looks: this.looks,
      requests: this.requests,
      actions: [...this.actions.values()],
      failedStarts: this.failedStarts,
    };
  }

  private start(event: SchedulerRunStarted): void {
    this.token = event.conflictToken;
    this.countsDown = event.limitedActions;
    for (const action of event.actions) this.actions.set(action.runId, action);
    if (this.coveredFrom !== undefined) return;
    this.coveredFrom = event.at;
    this.eras.push({ from: event.rulesSince, rules: event.rules });
    if (!event.paused) return;
    const { isCreation, at, note, by } = event;
    this.pauses.push({
      since: isCreation ? at : undefined,
      until: undefined,
      effectiveFrom: isCreation ? at : Number.NEGATIVE_INFINITY,
      effectiveUntil: undefined,
      by: isCreation ? by : undefined,
      note,
      cause: isCreation ? 'creation' : 'unknown',
    });
  }

  private takeUp(signal: Signal, look: number): void {
    if (signal.type === 'update') {
      if (!this.isAccepted(signal)) return;
      this.token += 1;
      this.countsDown = signal.limitedActions;
      this.eras.push({ from: look, rules: signal.rules });
      this.setPaused(signal.paused, { at: signal.at, look, by: signal.by, note: signal.note, cause: 'update' });
      return;
    }
    this.token += 1;
    const { at, by, note } = signal;
    this.setPaused(signal.type === 'pause', { at, look, by, note, cause: 'pause' });
  }

  /** The server drops an update that was made for an older state, in silence. */
  private isAccepted({ conflictToken }: UpdateSignal): boolean {
    return conflictToken === 0 || conflictToken === this.token || this.countsDown;
  }

  private setPaused(
    paused: boolean,
    change: { at: number; look: number; by: string | undefined; note: string; cause: PausePeriod['cause'] },
  ): void {
    const { at, look, by, note, cause } = change;
    const open = this.openPause();
    if (open !== undefined && !paused) {
      open.until = at;
      open.effectiveUntil = look;
    } else if (open === undefined && paused) {
      const period = { since: at, until: undefined, effectiveFrom: look, effectiveUntil: undefined, by, note, cause };
      this.pauses.push(period);
    } else if (open !== undefined && cause === 'pause') {
      // Paused again: the newest note and its author are what the schedule shows from here on.
      this.setPaused(false, change);
      this.setPaused(true, change);
    }
  }

  /** The memo is what the scheduler itself holds for true: it pauses by itself when a run fails and it is told so. */
  private reconcile({ paused, note }: Extract<SchedulerEvent, { type: 'state' }>): void {
    if (paused === (this.openPause() !== undefined)) return;
    const look = this.looks.at(-1) ?? this.coveredFrom ?? 0;
    if (paused) this.token += 1;
    this.setPaused(paused, { at: look, look, by: undefined, note, cause: 'failure' });
  }

  private openPause(): PausePeriod | undefined {
    const last = this.pauses.at(-1);
    return last?.effectiveUntil === undefined ? last : undefined;
  }
}
