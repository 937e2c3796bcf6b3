import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ECSClient } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTaskRunner, type TaskRunner } from '../../../src/clients/ecs-tasks.js';
import { isTaskDone, startTask } from '../../../src/deploy/cluster/one-off-task.js';

const properties = {
  name: 'schema',
  cluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/almanac-temporal',
  taskDefinition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/schema:7',
  subnets: ['subnet-1', 'subnet-2'],
  securityGroups: ['sg-1'],
  logGroup: '/almanac/default/temporal/tasks',
};
const create = { RequestType: 'Create', RequestId: 'r-1', ResourceProperties: properties };
const taskArn = 'arn:aws:ecs:eu-central-1:111122223333:task/almanac-temporal/abc';

interface Call {
  operation: string;
  body: Record<string, unknown>;
}

let calls: Call[];
let answer: (operation: string) => object;
let close: () => void;
let runner: TaskRunner;

/** Amazon ECS on 127.0.0.1, as far as its wire protocol (AWS JSON 1.1) for two calls goes; the client is the real one of the SDK. */
beforeEach(async () => {
  calls = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    calls.push({ operation, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer(operation)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => server.close();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  runner = createTaskRunner(new ECSClient({ endpoint, credentials, region: 'eu-central-1', maxAttempts: 1 }));
});
afterEach(() => close());

describe('a one-off task', () => {
  it('is started in the private subnets, once for a request', async () => {
    answer = () => ({ tasks: [{ taskArn }], failures: [] });
    expect(await startTask(runner, create)).toEqual({ PhysicalResourceId: 'task-schema', Data: { taskArn } });
    await startTask(runner, create);
    expect(calls[0]).toMatchObject({
      operation: 'RunTask',
      body: {
        cluster: properties.cluster,
        taskDefinition: properties.taskDefinition,
        launchType: 'FARGATE',
        networkConfiguration: {
          awsvpcConfiguration: { subnets: properties.subnets, securityGroups: ['sg-1'], assignPublicIp: 'DISABLED' },
        },
      },
    });
    const tokens = calls.map(({ body }) => body.clientToken);
    expect(tokens[0]).toBe(tokens[1]);
    await startTask(runner, { ...create, RequestType: 'Update', RequestId: 'r-2', PhysicalResourceId: 'task-schema' });
    expect(calls[2]?.body.clientToken).not.toBe(tokens[0]);
  });

  it('is waited for until every container ended with 0', async () => {
    const poll = { ...create, Data: { taskArn } };
    answer = () => ({ tasks: [{ taskArn, lastStatus: 'RUNNING' }] });
    expect(await isTaskDone(runner, poll)).toEqual({ IsComplete: false });
    const containers = [
      { name: 'files', exitCode: 0 },
      { name: 'schema', exitCode: 0 },
    ];
    answer = () => ({
      tasks: [{ taskArn, lastStatus: 'STOPPED', stoppedReason: 'Essential container exited', containers }],
    });
    expect(await isTaskDone(runner, poll)).toEqual({ IsComplete: true });
    expect(calls.at(-1)).toMatchObject({ operation: 'DescribeTasks', body: { tasks: [taskArn] } });
  });

  it.each([
    [
      'a container failed',
      [{ taskArn, lastStatus: 'STOPPED', containers: [{ name: 'schema', exitCode: 1 }] }],
      /task schema failed: schema: exit code 1.*log group \/almanac/,
    ],
    [
      'a container never ran',
      [{ taskArn, lastStatus: 'STOPPED', stoppedReason: 'CannotPullContainerError', containers: [{ name: 'schema' }] }],
      /CannotPullContainerError; schema: exit code none/,
    ],
    ['ECS forgot it', [], /ECS knows no task/],
  ])('fails the deploy when %s', async (_what, tasks, message) => {
    answer = () => ({ tasks });
    await expect(isTaskDone(runner, { ...create, Data: { taskArn } })).rejects.toThrow(message);
  });

  it('that ECS does not start fails with its reasons', async () => {
    answer = () => ({ tasks: [], failures: [{ reason: 'RESOURCE:MEMORY', detail: 'no capacity' }] });
    await expect(startTask(runner, create)).rejects.toThrow('RESOURCE:MEMORY: no capacity');
  });

  it('is not run when the stack goes', async () => {
    const gone = { ...create, RequestType: 'Delete', PhysicalResourceId: 'task-schema' };
    expect(await startTask(runner, gone)).toEqual({ PhysicalResourceId: 'task-schema' });
    expect(await isTaskDone(runner, gone)).toEqual({ IsComplete: true });
    expect(calls).toEqual([]);
  });
});
