import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cacheFolder, type LocalConfig } from '../../config.js';
import { AlmanacError } from '../../domain/errors.js';
import { provideBinary, type Tool, temporalCli, versitygw } from '../binaries/index.js';
import { checkFreeSpace } from '../home/free-space.js';
import { homeLayout } from '../home/layout.js';
import { ensureSecrets } from '../home/secrets.js';
import { portProblems } from '../process/ports.js';
import { Supervisor } from '../process/supervisor.js';
import type { Progress } from '../progress.js';
import { projectRoot } from '../project-root.js';
import { bringUp } from './bring-up.js';
import type { PlatformContext } from './context.js';
import { endpointsOf } from './endpoints.js';
import { enterHome } from './enter-home.js';
import { clientEnvironment, temporalProfile } from './environment.js';
import { readyMessage } from './messages.js';
import { neededPorts, settlePorts } from './ports.js';
import { shutDown } from './shut-down.js';
import type { StateRecorder } from './state-recorder.js';

export interface PlatformOptions {
  config: LocalConfig;
  progress: Progress;
  /** Aborted when the user wants the platform to end. */
  stop: AbortSignal;
  /** Aborted when the user can't wait for that any longer. */
  kill: AbortSignal;
}

/**
 * The whole life of a local platform: brings everything up, says so, waits until it is told to stop, and ends what it
 * started. Resolves after a requested stop.
 *
 * @throws AlmanacError with a message for the user when it can't start, or when a part died that it needs
 */
export async function runPlatform(options: PlatformOptions): Promise<void> {
  const { config, progress, stop } = options;
  const start = performance.now();
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  const recorder = await enterHome(options);
  const ending = new AbortController();
  const endForStop = (): void => ending.abort(stop.reason);
  stop.addEventListener('abort', endForStop);
  // A fault of ours must not leave processes behind either.
  const endForFault = (fault: unknown): void => ending.abort(fault);
  process.on('uncaughtException', endForFault);
  try {
    const context = await prepare(options, recorder, ending);
    const up = bringUp(context);
    try {
      progress.note(readyMessage(context.where.endpoints, context.layout, await up.ready, performance.now() - start));
      await untilAborted(ending.signal);
    } catch (error) {
      ending.abort(error);
    }
    recorder.recordEnding();
    await shutDown(context, up.sink);
    ending.signal.throwIfAborted();
  } catch (error) {
    if (error !== stop.reason) throw error;
  } finally {
    stop.removeEventListener('abort', endForStop);
    process.off('uncaughtException', endForFault);
    recorder.remove();
  }
}

/** Everything that can go wrong before the first process is started. */
async function prepare(
  { config, progress, kill, stop }: PlatformOptions,
  recorder: StateRecorder,
  ending: AbortController,
): Promise<PlatformContext> {
  const layout = homeLayout(config.home);
  checkFreeSpace(layout.home);
  const problems = await portProblems(neededPorts(config));
  if (problems.length > 0) {
    throw new AlmanacError(
      'failed',
      ['the platform can not start:', ...problems.map((line) => `  - ${line}`)].join('\n'),
    );
  }
  const ports = await settlePorts(config);
  const where = { ports, endpoints: endpointsOf(config, ports) };
  adoptEnvironment(clientEnvironment(config, layout, where, process.env));
  await ensureSecrets(layout);
  await writeFile(layout.temporalConfig, temporalProfile(where.endpoints));
  const provided = { env: process.env, cache: cacheFolder(), root: projectRoot(), progress, signal: stop };
  const provide = (tool: Tool): Promise<string> => provideBinary(tool, provided);
  const binaries = {
    temporal: config.external.temporalAddress === undefined ? await provide(temporalCli) : undefined,
    s3: config.external.s3Endpoint === undefined ? await provide(versitygw) : undefined,
  };
  const supervisor = new Supervisor({
    started: (name, pid) => recorder.record(name, pid),
    died: (message) => progress.note(`! ${message}`),
    fatal: (error) => ending.abort(error),
  });
  kill.addEventListener('abort', () => supervisor.killAll());
  stop.throwIfAborted();
  return { config, layout, where, binaries, supervisor, recorder, progress, ending: ending.signal };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}

/** The clients in this process see what those in worker and API see. */
function adoptEnvironment(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
