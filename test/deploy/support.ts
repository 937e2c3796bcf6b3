import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import { build } from 'esbuild';
import { inject } from 'vitest';
import { type HandleContext, handleRequest } from '../../src/deploy/schedules/handle-request.js';
import { createDeployLog } from '../../src/deploy/schedules/log.js';
import { parseRequest, physicalId } from '../../src/deploy/schedules/request.js';
import type { ScheduleDefinition } from '../../src/domain/definition/schedule-definition.js';
import { logDestination } from '../support/run-logs.js';
import { newBucket, testS3 } from '../support/s3.js';

export const temporalOfTests = 'the test server/default';

/** Puts sets where the stack's assets would lie, and sends what CDK's provider framework would send. */
export async function deployTarget(client: Client, owner: string, changes: Partial<HandleContext> = {}) {
  const s3 = testS3();
  const bucket = await newBucket(s3, 'assets');
  const context = (): HandleContext => ({
    client,
    s3,
    taskQueue: 'almanac',
    temporal: temporalOfTests,
    log: createDeployLog('debug', logDestination('deploy')),
    endsAt: Date.now() + 120_000,
    ...changes,
  });
  const upload = async (definitions: readonly ScheduleDefinition[]) => {
    const text = JSON.stringify({ format: 1, definitions });
    const digest = createHash('sha256').update(text).digest('hex');
    const key = `${digest}.schedules`;
    const body = text.length > 1_000 ? gzipSync(text) : text;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    return { bucket, key, digest, owner, temporal: temporalOfTests };
  };
  const send = (event: object) => handleRequest(parseRequest(event), context());
  const PhysicalResourceId = physicalId(owner);
  return {
    bucket,
    upload,
    send,
    create: async (definitions: readonly ScheduleDefinition[]) =>
      send({ RequestType: 'Create', ResourceProperties: await upload(definitions) }),
    update: async (definitions: readonly ScheduleDefinition[], old: readonly ScheduleDefinition[]) =>
      send({
        RequestType: 'Update',
        PhysicalResourceId,
        ResourceProperties: await upload(definitions),
        OldResourceProperties: await upload(old),
      }),
    remove: async (definitions: readonly ScheduleDefinition[] = []) =>
      send({ RequestType: 'Delete', PhysicalResourceId, ResourceProperties: await upload(definitions) }),
  };
}

/** The Lambda's handler in a process of its own, with an event; built below the repository, so that packages are found. */
export async function startHandler(event: object): Promise<ChildProcess> {
  const parent = path.join('node_modules', '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'almanac-deploy-'));
  const outfile = path.join(folder, 'handler.mjs');
  const options = { bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external' } as const;
  await build({ ...options, entryPoints: ['test/deploy/handler-process.ts'], outfile, logLevel: 'error' });
  const child = spawn(process.execPath, [outfile], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      AWS_ENDPOINT_URL_S3: inject('s3Endpoint'),
      AWS_REGION: 'us-east-1',
    },
  });
  child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  child.stdin.end(JSON.stringify(event));
  return child;
}
