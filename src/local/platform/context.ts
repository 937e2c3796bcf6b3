import type { LocalConfig } from '../../config.js';
import type { HomeLayout } from '../home/layout.js';
import type { Supervisor } from '../process/supervisor.js';
import type { Progress } from '../progress.js';
import type { Where } from './environment.js';
import type { StateRecorder } from './state-recorder.js';

/** What the steps of a start share. */
export interface PlatformContext {
  config: LocalConfig;
  layout: HomeLayout;
  where: Where;
  /** Of the servers that run here; one that is elsewhere needs none. */
  binaries: { temporal: string | undefined; s3: string | undefined };
  supervisor: Supervisor;
  recorder: StateRecorder;
  progress: Progress;
  /** Aborted with the reason when the platform is to end. */
  ending: AbortSignal;
}
