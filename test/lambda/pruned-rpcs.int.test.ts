import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sourcesOf } from '../../scripts/build-lambdas.mjs';
import { protosFor, prunedProtos, readWholeSchema } from '../../scripts/lambda/temporal-protos.mjs';
import { newId } from '../support/api.js';
import { testClient } from '../support/temporal.js';

const require = createRequire(import.meta.url);
const entry = 'src/api/lambda-control.ts';
const namespace = 'default';
const scheduleId = newId('pruned');
const workflowId = newId('pruned-run');
const execution = { workflowId };
const activity = { namespace, workflowId, activityId: 'none' };
const taskQueue = { name: 'nobody-polls-this' };
const workflowType = { name: 'nothing' };
const memo = { fields: { note: defaultPayloadConverter.toPayload('a memo') } };
const schedule = {
  spec: { cronString: ['0 2 1 1 *'], timezoneName: 'Europe/Berlin' },
  action: { startWorkflow: { workflowId: `${scheduleId}-run`, workflowType, taskQueue, memo } },
  policies: { catchupWindow: { seconds: 600 } },
};
const instant = (text: string) => ({ seconds: Date.parse(text) / 1000 });

/** A request for every RPC, in an order in which each finds what it needs. What only reads is asked through the whole schema too. */
const requests: Record<string, { request: object; reads?: true; fails?: number }> = {
  GetSystemInfo: { request: {}, reads: true },
  DescribeNamespace: { request: { namespace }, reads: true },
  CreateSchedule: { request: { namespace, scheduleId, schedule, identity: 'test', requestId: scheduleId } },
  DescribeSchedule: { request: { namespace, scheduleId }, reads: true },
  ListSchedules: { request: { namespace, maximumPageSize: 1 } },
  CountSchedules: { request: { namespace, query: "AlmanacOwner = 'nobody'" }, reads: true },
  ListScheduleMatchingTimes: {
    request: {
      namespace,
      scheduleId,
      startTime: instant('2026-01-02T00:00:00Z'),
      endTime: instant('2030-01-02T00:00:00Z'),
    },
    reads: true,
  },
  PatchSchedule: { request: { namespace, scheduleId, patch: { pause: 'a note' }, requestId: `${scheduleId}-pause` } },
  UpdateSchedule: { request: { namespace, scheduleId, schedule, requestId: `${scheduleId}-update` } },
  DeleteSchedule: { request: { namespace, scheduleId } },
  StartWorkflowExecution: { request: { namespace, workflowId, workflowType, taskQueue, memo, requestId: workflowId } },
  DescribeWorkflowExecution: { request: { namespace, execution }, reads: true },
  SignalWorkflowExecution: { request: { namespace, workflowExecution: execution, signalName: 's', requestId: 's1' } },
  RequestCancelWorkflowExecution: {
    request: { namespace, workflowExecution: execution, reason: 'r', requestId: 'c1' },
  },
  RecordActivityTaskHeartbeatById: { request: activity, fails: 5 },
  RespondActivityTaskCompletedById: { request: activity, fails: 5 },
  RespondActivityTaskFailedById: {
    request: { ...activity, failure: { message: 'm', applicationFailureInfo: { type: 't' } } },
    fails: 5,
  },
  RespondActivityTaskCanceledById: { request: activity, fails: 5 },
  TerminateWorkflowExecution: { request: { namespace, workflowExecution: execution, reason: 'r' } },
  GetWorkflowExecutionHistory: { request: { namespace, execution }, reads: true },
  GetWorkflowExecutionHistoryReverse: { request: { namespace, execution }, reads: true },
  ListWorkflowExecutions: { request: { namespace, query: `WorkflowId = '${workflowId}'` } },
  CountWorkflowExecutions: { request: { namespace, query: "WorkflowId = 'nobody'" }, reads: true },
  DescribeTaskQueue: {
    request: { namespace, taskQueue: { name: 'nobody-polls-that' }, taskQueueType: 1 },
    reads: true,
  },
};

type Service = Record<string, (request: object) => Promise<object>>;

describe('the pruned schema of control on a real server', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-protos-'));
  const whole = testClient();
  let rpcs: string[];
  let connection: Connection;

  beforeAll(async () => {
    const readSources = sourcesOf(entry);
    const schema = await readWholeSchema(require.resolve('@temporalio/proto/protos/json-module.js'));
    ({ rpcs } = protosFor(schema, await readSources()));
    const outfile = path.join(folder, 'client.cjs');
    const stdin = { contents: "export { Connection } from '@temporalio/client';", resolveDir: process.cwd() };
    await build({
      stdin,
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      plugins: [prunedProtos(readSources)],
    });
    const pruned: { Connection: typeof Connection } = require(outfile);
    connection = await pruned.Connection.connect({ address: inject('temporalAddress') });
  });
  afterAll(async () => {
    await connection?.close();
    await whole.connection.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has a request here for each of its RPCs', () => {
    expect(Object.keys(requests).toSorted()).toEqual(rpcs);
  });

  it.each(Object.entries(requests))('%s', async (rpc, { request, reads, fails }) => {
    const method = rpc.charAt(0).toLowerCase() + rpc.slice(1);
    const call = (service: object) => (service as Service)[method]?.call(service, request);
    if (fails !== undefined) {
      const error = await Promise.resolve(call(connection.workflowService)).catch((thrown: unknown) => thrown);
      expect(isGrpcServiceError(error) && error.code).toBe(fails);
      return;
    }
    const answer = await call(connection.workflowService);
    if (reads) expect(asJson(answer)).toEqual(asJson(await call(whole.workflowService)));
    else expect(answer).toBeDefined();
  });
});

/** Messages of two schemas are of two classes; maps come in any order. */
function asJson(message: object | undefined): unknown {
  return JSON.parse(JSON.stringify(message));
}
