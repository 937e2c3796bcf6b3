import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ListMultipartUploadsCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Info } from '@temporalio/activity';
import { ActivityCancellationDetails, ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createS3Activities } from '../../../src/activities/s3/index.js';
import type { Progress, StepActivities, StepCall, StepOutput } from '../../../src/domain/steps/registry.js';
import { testS3 } from '../../support/s3.js';

type S3Uses = 's3.copy' | 's3.transform' | 's3.inspect';

/** A step on its way in a mock activity context over the real S3 server. */
export interface StepRun<U extends S3Uses> {
  result: Promise<StepOutput<U>>;
  heartbeats: Progress[];
  cancel(): void;
  /** What the worker does to it when it ends. */
  shutDown(): void;
}

export function startStep<U extends S3Uses>(
  s3: S3Client,
  uses: U,
  step: StepCall<U>['with'],
  info: Partial<Info> = {},
  activities: Pick<StepActivities, U> = createS3Activities({ s3 }),
): StepRun<U> {
  const environment = new MockActivityEnvironment(
    { heartbeatTimeoutMs: 3_000, ...info },
    { logger: new DefaultLogger('ERROR') },
  );
  const heartbeats: Progress[] = [];
  environment.on('heartbeat', (progress: Progress) => heartbeats.push(progress));
  const activity: StepActivities[U] = activities[uses];
  const call = { scheduleId: 'test', stepId: 'step', scheduledTime: '2026-01-01T00:00:00.000Z', with: step };
  return {
    result: environment.run(activity, call as never),
    heartbeats,
    cancel: () => environment.cancel(),
    shutDown: () => environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true })),
  };
}

export function runStep<U extends S3Uses>(s3: S3Client, uses: U, step: StepCall<U>['with']): Promise<StepOutput<U>> {
  return startStep(s3, uses, step).result;
}

/** What a step that must fail failed with. */
export async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const outcome = await result.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof ApplicationFailure) return outcome;
  throw new Error(`expected an ApplicationFailure, got ${String(outcome)}`, { cause: outcome });
}

interface Call {
  command: string;
  input: unknown;
  go: () => Promise<unknown>;
  /** As a client answers that knows nothing of memory: with a stream. */
  goForStream: () => Promise<unknown>;
}

/** A client like the test run's, whose every call goes through `around`. */
export function interposedS3(around: (call: Call) => Promise<unknown>): S3Client {
  const client = testS3();
  client.send = new Proxy(client.send, {
    apply: (send, _, args) => {
      const go = async (): Promise<unknown> => Reflect.apply(send, client, args);
      const goForStream = async (): Promise<unknown> => {
        const [command, { memory: _, ...options }] = args as [unknown, { memory?: unknown }];
        return Reflect.apply(send, client, [command, options]);
      };
      return around({ command: args[0].constructor.name, input: args[0].input, go, goForStream });
    },
  });
  return client;
}

/** The same with something that happens before each call; what it throws the call fails with. */
export function watchedS3(before: (command: string) => unknown): S3Client {
  return interposedS3(async ({ command, go }) => {
    await before(command);
    return go();
  });
}

/** A client like the test run's, that counts what it is asked for by command, and by bytes uploaded. */
export function observedS3(onCommand: (command: string, count: number) => void = () => undefined) {
  const counts = new Map<string, number>();
  const client = watchedS3((command) => {
    const count = (counts.get(command) ?? 0) + 1;
    counts.set(command, count);
    onCommand(command, count);
  });
  return { client, count: (command: string) => counts.get(command) ?? 0 };
}

/** A client that is gone, as after SIGKILL, from the given call on: whatever is asked for then never reaches S3. */
export function dyingS3(command: string, count: number): S3Client {
  let dead = false;
  return observedS3((name, calls) => {
    if (name === command && calls === count) dead = true;
    if (dead) throw new Error('killed');
  }).client;
}

export async function put(s3: S3Client, bucket: string, key: string, body: Buffer | string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body) }));
}

export async function keysOf(s3: S3Client, bucket: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

export async function openUploads(s3: S3Client, bucket: string): Promise<number> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.length;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const dataset = (name: string) => new URL(`../../../node_modules/vega-datasets/data/${name}`, import.meta.url);

/** The vega-datasets flights, one JSON object a line. */
export function flightsNdjson(): Buffer {
  const rows: unknown[] = JSON.parse(readFileSync(dataset('flights-200k.json'), 'utf8'));
  return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

export function birdstrikesCsv(): Buffer {
  return readFileSync(dataset('birdstrikes.csv'));
}

/** What the system's own tool makes of the same bytes. */
export function tool(command: string, args: string[], input: Buffer): Buffer {
  return execFileSync(command, args, {
    input,
    maxBuffer: 1024 ** 3,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
}

/** A zstd frame with one raw block (RFC 8878, 3.1.1): magic, single segment of that size, last block, content. */
export function zstdFrame(content: string): Buffer {
  const block = Buffer.alloc(3);
  block.writeUIntLE((content.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, content.length]), block, Buffer.from(content)]);
}
