import type { SesSink } from '../ses-sink/index.js';
import type { PlatformContext } from './context.js';

const graceMs = { api: 10_000, server: 15_000 };
/** The worker ends by itself after its force time; this much later it hangs. */
const marginMs = 5_000;

/**
 * Ends what was started, users before what they use: no new requests, then the worker hands its work back, then the
 * servers write what they hold.
 */
export async function shutDown(context: PlatformContext, sink: Promise<SesSink | undefined>): Promise<void> {
  const { supervisor, progress, config } = context;
  const phase = progress.phase('Ending API, worker and servers');
  await supervisor.stop('api', graceMs.api);
  await supervisor.stop('worker', config.workerShutdown.forceSeconds * 1000 + marginMs);
  await Promise.all([
    supervisor.stop('s3', graceMs.server),
    supervisor.stop('temporal', graceMs.server),
    sink.then((server) => server?.close()).catch(() => undefined),
  ]);
  phase.done();
}
