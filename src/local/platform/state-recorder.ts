import { rmSync } from 'node:fs';
import type { ComponentName } from '../component-name.js';
import { ownIdentity, type PlatformState, writeState } from '../home/state-file.js';
import { startOf } from '../process/identity.js';

/** Keeps `.almanac/platform.json` true while the platform runs. */
export class StateRecorder {
  private readonly addresses = new Map<ComponentName, string>();

  constructor(
    private readonly file: string,
    private readonly state: PlatformState,
    private readonly onProblem: (message: string) => void,
  ) {}

  /** Where a component listens: said once, before it is started. */
  setAddress(name: ComponentName, address: string): void {
    this.addresses.set(name, address);
  }

  /** A component is running now as this process; one of the same name is replaced. */
  record(name: ComponentName, pid: number): void {
    const others = this.state.components.filter((component) => component.name !== name);
    const startTime = startOf(pid) ?? '';
    this.state.components = [...others, { name, pid, startTime, address: this.addresses.get(name) ?? '' }];
    this.write();
  }

  /** Says to a start that comes now that waiting is worth it. */
  recordEnding(): void {
    this.state.ending = true;
    this.write();
  }

  /** The platform is over: nothing is left to find. */
  remove(): void {
    rmSync(this.file, { force: true });
  }

  /** A full disk, or a home that was deleted, must keep the platform neither from running on nor from ending. */
  private write(): void {
    try {
      writeState(this.file, this.state);
    } catch (error) {
      this.onProblem(`${this.file} can not be written: ${(error as Error).message}`);
    }
  }
}

export function newState(url: string): PlatformState {
  return { ...ownIdentity(), startedAt: new Date().toISOString(), url, components: [] };
}
