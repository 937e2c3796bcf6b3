import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process for good: a pid alone is used again after a while. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/** When a process started, as text to compare; undefined when there is none with this pid. */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

export function isRunning(identity: ProcessIdentity): boolean {
  return startOf(identity.pid) === identity.startTime && identity.startTime !== '';
}

/** `/proc/<pid>/stat`: state is the 3rd field, start in clock ticks since boot the 22nd; the 2nd may hold anything. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is over; only its parent has not asked for its exit code.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
    const match = /^\s*(\S+)\s+(.+?)\s*$/m.exec(output);
    return match === null || match[1]?.startsWith('Z') ? undefined : match[2];
  } catch {
    return undefined;
  }
}
