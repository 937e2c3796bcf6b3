import { randomUUID } from 'node:crypto';
import { serve } from '@hono/node-server';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { ActivityOptions, DataConverter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { createCallbackActivities } from '../../src/activities/callback/index.js';
import type { ActivityDependencies } from '../../src/activities/dependencies.js';
import { createEmailActivities } from '../../src/activities/email/index.js';
import { createHttpActivities } from '../../src/activities/http/index.js';
import { accessLog } from '../../src/api/access-log.js';
import { newRouter } from '../../src/api/router.js';
import { callbackRoutes } from '../../src/api/routes/callbacks.js';
import { fixedKeyring } from '../../src/clients/keyring.js';
import { createDataConverter } from '../../src/clients/payload-storage.js';
import { createSesClient } from '../../src/clients/ses.js';
import { createTemporalClient } from '../../src/clients/temporal.js';
import type { CallbackLinks } from '../../src/domain/callback/urls.js';
import { type CallbackService, createCallbackService } from '../../src/services/callbacks/service.js';
import { memoryLog } from './api.js';
import type { HttpPartner, ReceivedRequest } from './http-partner.js';
import { keepSecret } from './run-logs.js';
import { newBucket, testS3 } from './s3.js';
import { installQuietRuntime } from './worker.js';
import type { OneStepInput } from './workflows/one-step.js';

/** A keyring of fresh keys, the first of them current. */
export function newKeyring(...kids: string[]) {
  const keys = kids.map((kid) => ({
    kid,
    secret: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url'),
    createdAt: '2026-01-01T00:00:00Z',
  }));
  for (const { kid, secret } of keys) keepSecret(`the secret of ${kid}`, secret);
  return { current: kids[0] as string, keys };
}

export const testWebhookSecret = `whsec_${Buffer.from('almanac-test-webhook-secret-0001').toString('base64')}`;

export interface CallbackHarness {
  client: Client;
  service: CallbackService;
  /** Base of the API that the links lead to. */
  url: string;
  keyring: ReturnType<typeof newKeyring>;
  start(
    uses: string,
    step: unknown,
    more?: { workflowId?: string; options?: ActivityOptions },
  ): Promise<WorkflowHandle>;
  stop(): Promise<void>;
}

/** Real worker, real Temporal server and the callback routes on a real port of 127.0.0.1. */
export async function startCallbackHarness(deps: Partial<ActivityDependencies> = {}): Promise<CallbackHarness> {
  const keyring = newKeyring('k1');
  keepSecret('the webhook secret', testWebhookSecret.replace(/^whsec_/, ''));
  const s3 = testS3();
  const dataConverter = createDataConverter(s3, await newBucket(s3, 'payloads'));
  const client = createTemporalClient(
    { connection: { address: inject('temporalAddress') }, namespace: 'default' },
    dataConverter,
  );
  const service = createCallbackService({
    client,
    keys: fixedKeyring(JSON.stringify(keyring)),
    webhookSecret: testWebhookSecret,
  });
  const app = newRouter();
  app.use(accessLog(memoryLog()));
  app.route('/', callbackRoutes(service));
  const server = await new Promise<{ port: number; close(): Promise<void> }>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve({ port, close: () => new Promise((done) => listening.close(() => done())) }),
    );
  });
  const url = `http://127.0.0.1:${server.port}`;
  const all: ActivityDependencies = {
    s3,
    ses: createSesClient({ region: 'us-east-1', sesEndpoint: 'http://127.0.0.1:1' }),
    mailFrom: 'almanac@example.com',
    publicUrl: url,
    callbackKeys: fixedKeyring(JSON.stringify(keyring)),
    webhookSecret: testWebhookSecret,
    httpAllow: ['127.0.0.0/8'],
    ...deps,
  };
  const taskQueue = `callbacks-${randomUUID()}`;
  const worker = await startWorker(taskQueue, dataConverter, {
    ...createHttpActivities(all),
    ...createCallbackActivities(all),
    ...createEmailActivities(all),
  });
  return {
    client,
    service,
    url,
    keyring,
    start: (uses, step, more = {}) => {
      const input: OneStepInput = { uses, with: step, ...(more.options ? { options: more.options } : {}) };
      const workflowId = more.workflowId ?? `one-step-${randomUUID()}`;
      return client.workflow.start('oneStep', { taskQueue, workflowId, args: [input], workflowExecutionTimeout: '5m' });
    },
    async stop() {
      await worker.stop();
      await server.close();
      await client.connection.close();
    },
  };
}

/** A run whose `http.callback` waits, and what its partner got. */
export interface WaitingCall {
  handle: WorkflowHandle;
  request: ReceivedRequest;
  links: CallbackLinks;
}

/** Starts a run of one `http.callback`, and waits until its partner has the request and the activity is left open. */
export async function startWaitingCall(
  harness: CallbackHarness,
  partner: HttpPartner,
  step: Parameters<CallbackHarness['start']>[1],
  more?: Parameters<CallbackHarness['start']>[2],
): Promise<WaitingCall> {
  const before = partner.received.length;
  const handle = await harness.start('http.callback', step, more);
  const request = await eventually('the outgoing request', () => partner.received[before]);
  await eventually('the activity to stay open', async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.some((activity) => activity.state === 2) || undefined;
  });
  return { handle, request, links: (JSON.parse(request.body) as { callback: CallbackLinks }).callback };
}

async function startWorker(taskQueue: string, dataConverter: DataConverter, activities: object) {
  installQuietRuntime();
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const worker = await Worker.create({
    connection,
    namespace: 'default',
    taskQueue,
    workflowsPath: new URL('./workflows/one-step.ts', import.meta.url).pathname,
    activities,
    dataConverter,
    shutdownGraceTime: '200ms',
    shutdownForceTime: '3s',
  });
  const running = worker.run();
  return {
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

/** Asks again until there is an answer. */
export async function eventually<T>(what: string, probe: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
