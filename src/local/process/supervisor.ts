import { AlmanacError } from '../../domain/errors.js';
import type { ComponentName } from '../component-name.js';
import { type Child, type ChildSpec, startChild } from './child.js';
import { tailOf } from './log-file.js';
import { decideRestart, maxDeaths } from './restart-policy.js';

export interface SupervisorEvents {
  /** Called at once after each start, also a repeated one. */
  started(name: ComponentName, pid: number): void;
  /** A child ended that nobody asked to; it is started again. */
  died(message: string): void;
  /** A child ended that the platform can't be without, or that keeps dying. */
  fatal(error: AlmanacError): void;
}

interface Entry {
  spec: ChildSpec;
  restart: boolean;
  child: Child;
  deaths: number[];
  /** Set from the moment on at which its end is wanted. */
  ending: boolean;
  timer?: NodeJS.Timeout;
}

/** Keeps the children of the platform running and ends them. */
export class Supervisor {
  private readonly entries = new Map<ComponentName, Entry>();

  constructor(private readonly events: SupervisorEvents) {}

  /** Starts a child. One that may `restart` is started again when it dies; the end of any other is fatal. */
  start(spec: ChildSpec, { restart }: { restart: boolean }): void {
    const entry: Entry = { spec, restart, child: startChild(spec), deaths: [], ending: false };
    this.entries.set(spec.name, entry);
    this.watch(entry);
  }

  /** Ends a child and waits for it; SIGKILL after `graceMs`. */
  async stop(name: ComponentName, graceMs: number): Promise<void> {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    entry.ending = true;
    clearTimeout(entry.timer);
    await entry.child.end(graceMs);
  }

  /** Ends every child at once, without a chance to tidy up. */
  killAll(): void {
    for (const entry of this.entries.values()) {
      entry.ending = true;
      clearTimeout(entry.timer);
      entry.child.kill();
    }
  }

  private watch(entry: Entry): void {
    const { pid, exited } = entry.child;
    if (pid !== undefined) this.events.started(entry.spec.name, pid);
    void exited.then((exit) => {
      if (!entry.ending) this.onDeath(entry, exit);
    });
  }

  private onDeath(entry: Entry, exit: string): void {
    const { name, log } = entry.spec;
    entry.deaths.push(Date.now());
    const decision = decideRestart(entry.deaths, Date.now());
    const ended = `${name} ended by itself (${exit}).\n${quoteTail(log)}`;
    if (entry.restart && decision.restart) {
      const seconds = (decision.delayMs / 1000).toFixed(1);
      this.events.died(
        `${ended}\n  It is started again in ${seconds} s (${decision.deaths} of ${maxDeaths} within a minute).`,
      );
      entry.timer = setTimeout(() => {
        entry.child = startChild(entry.spec);
        this.watch(entry);
      }, decision.delayMs);
      return;
    }
    entry.ending = true;
    const reason = entry.restart
      ? `${maxDeaths} times within a minute: it is not started again, and the platform ends.`
      : 'The platform can not go on without it and ends.';
    this.events.fatal(new AlmanacError('failed', `${ended}\n  ${reason}`));
  }
}

function quoteTail(log: string): string {
  const lines = tailOf(log).filter((line) => line !== '');
  if (lines.length === 0) return `  ${log} is empty.`;
  return [`  The end of ${log}:`, ...lines.map((line) => `  | ${line}`)].join('\n');
}
