import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { WorkflowHandle } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import type { ActivityDependencies } from '../../src/activities/dependencies.js';
import { createActivities } from '../../src/activities/index.js';
import { fixedKeyring } from '../../src/clients/keyring.js';
import { createSesClient } from '../../src/clients/ses.js';
import { parseDefinition } from '../../src/domain/definition/parse.js';
import type { StepsAction } from '../../src/domain/definition/schedule-definition.js';
import type { PipelineInput, RunOrigin } from '../../src/domain/pipeline.js';
import { pipelineWorkflow } from '../../src/domain/temporal-names.js';
import { startSesSink } from '../../src/local/ses-sink/index.js';
import { createSlotRuns } from '../../src/services/backfills/slot-runs.js';
import { newKeyring, testWebhookSecret } from './callback-harness.js';
import { type HttpPartner, startPartner } from './http-partner.js';
import { testS3 } from './s3.js';
import { testClient } from './temporal.js';
import { type RunningWorker, startWorker } from './worker.js';

export interface Mail {
  to: string[];
  subject: string;
  text: string;
  html?: string;
}

/** The real worker with every real activity, a real mail sink and a real HTTP partner: what a pipeline meets in production. */
export interface TestPlatform extends RunningWorker {
  s3: S3Client;
  partner: HttpPartner;
  keyring: ReturnType<typeof newKeyring>;
  mails(): Promise<Mail[]>;
  /** Starts a pipeline as a schedule would; the steps are parsed as a file's are. */
  run(steps: unknown[], more?: PipelineOptions): Promise<WorkflowHandle>;
}

export interface PipelineOptions {
  onFailure?: unknown[];
  input?: unknown;
  timezone?: string;
  origin?: RunOrigin;
  workflowId?: string;
  /** Default 2 minutes. */
  runTimeout?: Duration;
}

let runs = 0;

export async function startPlatform(deps: Partial<ActivityDependencies> = {}): Promise<TestPlatform> {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-mail-'));
  const sink = await startSesSink({ port: 0, folder });
  const partner = await startPartner();
  const keyring = newKeyring('k1');
  const s3 = testS3();
  const worker = await startWorker(
    createActivities({
      s3,
      ses: createSesClient({ region: 'us-east-1', sesEndpoint: sink.url }),
      mailFrom: 'almanac@example.com',
      publicUrl: 'http://127.0.0.1:1',
      callbackKeys: fixedKeyring(JSON.stringify(keyring)),
      webhookSecret: testWebhookSecret,
      httpAllow: ['127.0.0.0/8'],
      slotRuns: createSlotRuns(testClient()),
      ...deps,
    }),
  );
  return {
    ...worker,
    s3,
    partner,
    keyring,
    async mails() {
      const response = await fetch(`${sink.url}/local/mail`);
      return ((await response.json()) as { items: Mail[] }).items;
    },
    run(steps, { workflowId, onFailure, input = {}, timezone = 'UTC', origin, runTimeout = '2m' } = {}) {
      runs += 1;
      const id = workflowId ?? `pipeline-${process.pid}-${Date.now().toString(36)}-${runs}`;
      const definition = parseDefinition({
        id: 'test-schedule',
        spec: { intervals: [{ every: '1d' }] },
        action: { steps, ...(onFailure ? { onFailure } : {}) },
      });
      const action = definition.action as StepsAction;
      const argument: PipelineInput = {
        scheduleId: definition.id,
        timezone,
        steps: action.steps,
        ...(action.onFailure ? { onFailure: action.onFailure } : {}),
        input,
        ...(origin ? { origin } : {}),
      };
      return worker.client.workflow.start(pipelineWorkflow, {
        taskQueue: worker.taskQueue,
        workflowId: id,
        args: [argument],
        workflowRunTimeout: runTimeout,
      });
    },
    async stop() {
      await worker.stop();
      await partner.close();
      await sink.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
