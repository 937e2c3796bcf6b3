import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { componentNames } from '../component-name.js';
import { isRunning, type ProcessIdentity, startOf } from '../process/identity.js';

const component = z.object({
  name: z.enum(componentNames),
  pid: z.number().int(),
  /** With the pid it names one process for good: pids come round again. */
  startTime: z.string(),
  address: z.string(),
});

const platformState = z.object({
  pid: z.number().int(),
  startTime: z.string(),
  startedAt: z.string(),
  /** Of the API. */
  url: z.string(),
  /** It was told to end and is about to. */
  ending: z.boolean().optional(),
  components: z.array(component),
});

/** `.almanac/platform.json`: which platform runs here, and its processes. It is there while a platform runs. */
export type PlatformState = z.output<typeof platformState>;
export type ComponentState = z.output<typeof component>;

/** What {@link claimHome} found: another platform that runs, or the way free, with what a killed platform left. */
export type Claim = { running: PlatformState } | { stale: PlatformState | undefined };

/**
 * Enters this process as the platform of the home. A state file of a platform that no longer runs is taken over; of two
 * starts at the same moment one wins.
 */
export function claimHome(file: string, own: PlatformState): Claim {
  const mine = `${file}.${process.pid}`;
  let stale: PlatformState | undefined;
  writeFileSync(mine, JSON.stringify(own, null, 2), { mode: 0o600 });
  try {
    for (;;) {
      if (createOnly(mine, file)) return { stale };
      const there = readState(file);
      if (there !== undefined && isRunning(there)) return { running: there };
      stale = takeAway(file, there) ?? stale;
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Replaces the file in one step: a reader sees the old or the new state. Synchronous, so that no spawn goes unrecorded. */
export function writeState(file: string, state: PlatformState): void {
  const temporary = `${file}.new`;
  writeFileSync(temporary, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(temporary, file);
}

export function readState(file: string): PlatformState | undefined {
  try {
    return platformState.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Not there, or not ours: then nobody is known to run here.
    return undefined;
  }
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: startOf(process.pid) ?? '' };
}

/** A hard link is made only where nothing is: the one step that two processes can't both win. */
function createOnly(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead platform's file aside; puts it back when another start was quicker and it is that one's. */
function takeAway(file: string, dead: PlatformState | undefined): PlatformState | undefined {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const taken = readState(aside);
  if (taken?.pid !== dead?.pid || taken?.startTime !== dead?.startTime) createOnly(aside, file);
  rmSync(aside, { force: true });
  return dead;
}
