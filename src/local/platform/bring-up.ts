import { connects } from '../process/ports.js';
import { answers, until } from '../process/until.js';
import type { Phase } from '../progress.js';
import { type SesSink, startSesSink } from '../ses-sink/index.js';
import type { AppliedSchedules } from './apply-schedules.js';
import { apiService, s3Server, temporalServer, workerService } from './components.js';
import type { PlatformContext } from './context.js';
import { schedulesLine } from './messages.js';

/** Longer than any of them takes on a slow machine. */
const timeoutMs = 60_000;

export interface ComingUp {
  /** The mail sink of this process, when mails stay here. */
  sink: Promise<SesSink | undefined>;
  /** Every part answers and the schedules are applied. */
  ready: Promise<AppliedSchedules>;
}

/** Starts every part at once; each waits by itself for those that it needs. */
export function bringUp(context: PlatformContext): ComingUp {
  startServers(context);
  const sink = startSink(context);
  return { sink, ready: waitUntilReady(context, sink) };
}

function startServers(context: PlatformContext): void {
  const { supervisor, binaries, recorder, where } = context;
  recorder.setAddress('temporal', where.endpoints.temporal);
  recorder.setAddress('s3', where.endpoints.s3);
  recorder.setAddress('worker', where.endpoints.workerHealth);
  recorder.setAddress('api', where.endpoints.api);
  if (binaries.temporal !== undefined) supervisor.start(temporalServer(context, binaries.temporal), { restart: false });
  if (binaries.s3 !== undefined) supervisor.start(s3Server(context, binaries.s3), { restart: false });
  supervisor.start(apiService(context), { restart: true });
  supervisor.start(workerService(context), { restart: true });
}

async function startSink({ where, layout, recorder }: PlatformContext): Promise<SesSink | undefined> {
  if (where.endpoints.mail === undefined) return undefined;
  const sink = await startSesSink({ port: where.ports.ses, folder: layout.mail });
  recorder.setAddress('mail', sink.url);
  recorder.record('mail', process.pid);
  return sink;
}

async function waitUntilReady(context: PlatformContext, sink: Promise<unknown>): Promise<AppliedSchedules> {
  const { config, where, progress } = context;
  const { endpoints } = where;
  // Loaded while the servers start: the clients take longer to load than all the rest.
  const loading = Promise.all([import('./clients.js'), import('./prepare-servers.js')]);
  const inPhase = async <T>(title: string, act: (phase: Phase) => Promise<T>): Promise<T> => {
    const phase = progress.phase(title);
    try {
      return await act(phase);
    } catch (error) {
      phase.failed();
      throw error;
    }
  };
  const wait = (what: string, probe: () => Promise<unknown>) =>
    until(probe, { what: `${what} did not come up`, timeoutMs, signal: context.ending });

  const temporal = inPhase('Temporal', async (phase) => {
    await wait('Temporal', () => connects(endpoints.temporal));
    const [{ platformClients }, { prepareNamespace }] = await loading;
    const clients = platformClients(config, endpoints);
    await wait('Temporal', () => prepareNamespace(clients.temporal));
    phase.done(endpoints.temporal);
    return clients;
  });
  const storage = inPhase('S3', async (phase) => {
    await wait('S3', () => answers(endpoints.s3));
    const [{ platformClients }, { prepareStorage }] = await loading;
    const put = await prepareStorage(platformClients(config, endpoints).s3, context);
    phase.done(put.length === 0 ? endpoints.s3 : `${endpoints.s3}, sample data: ${put.join(', ')}`);
  });
  const mail = inPhase('Mail', async (phase) => {
    await sink;
    phase.done(endpoints.ses);
  });
  const api = inPhase('API', async (phase) => {
    await wait('the API', () => answers(`${endpoints.api}/openapi.json`));
    phase.done(endpoints.api);
  });
  const worker = inPhase('Worker', async (phase) => {
    await wait('the worker', () => answers(`${endpoints.workerHealth}/health`, (status) => status === 200));
    phase.done(`task queue ${config.taskQueue}`);
  });
  const schedules = inPhase('Schedules', async (phase) => {
    const clients = await temporal;
    const { applySchedules } = await import('./apply-schedules.js');
    const applied = await applySchedules(clients.temporal, config.schedules, config.taskQueue);
    for (const line of applied.problems) progress.note(`✗ ${line}`);
    for (const line of applied.warnings) progress.note(`! ${line}`);
    phase.done(schedulesLine(applied));
    return applied;
  });
  const [applied] = await Promise.all([schedules, temporal, storage, mail, api, worker]);
  return applied;
}
