import { AlmanacError } from '../domain/errors.js';
import type { ScheduleView } from '../domain/views.js';
import type { Cli } from './cli.js';
import { reportError } from './output/report-error.js';
import { count } from './output/text.js';

interface PauseChange {
  paused: boolean;
  note: string | undefined;
}

/**
 * Pauses or unpauses schedules one after the other. One that fails does not keep the rest from it: it is reported, and
 * the exit code is that of the first failure.
 */
export async function setPaused(cli: Cli, ids: readonly string[], { paused, note }: PauseChange): Promise<void> {
  const backend = await cli.backend();
  const done: ScheduleView[] = [];
  const failures: AlmanacError[] = [];
  for (const id of ids) {
    try {
      done.push(await (paused ? backend.pauseSchedule(id, note) : backend.unpauseSchedule(id, note)));
      if (!cli.json) cli.out.line(`${id} ${paused ? 'paused' : 'unpaused'}`);
    } catch (error) {
      if (!(error instanceof AlmanacError) || ids.length === 1) throw error;
      failures.push(error);
      if (!cli.json) reportError(cli, error);
    }
  }
  if (cli.json) cli.out.json(ids.length === 1 ? done[0] : { items: done });
  const [first] = failures;
  if (first === undefined) return;
  const message = `${count(failures.length, 'schedule')} of ${ids.length} not ${paused ? 'paused' : 'unpaused'}`;
  throw new AlmanacError(first.code, message, {
    details: failures.map((failure) => ({ path: '', message: failure.message })),
  });
}
