import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TaskRunner } from '../../clients/ecs-tasks.js';

/** What the stack says about a task; CloudFormation makes strings of everything. */
const properties = z.object({
  /** For messages: `schema`. */
  name: z.string().min(1),
  cluster: z.string().startsWith('arn:'),
  taskDefinition: z.string().startsWith('arn:'),
  subnets: z.array(z.string()).min(1),
  securityGroups: z.array(z.string()).min(1),
  /** Where its containers write. */
  logGroup: z.string(),
});

const startEvent = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  RequestId: z.string().min(1),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: properties,
});

const pollEvent = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResourceProperties: properties,
  /** What `onEvent` answered. */
  Data: z.object({ taskArn: z.string() }).optional(),
});

export interface Started {
  PhysicalResourceId: string;
  Data?: { taskArn: string };
}

/**
 * `onEvent` of the custom resource that runs a task once: when it is created, and again when its definition changed. CloudFormation may ask
 * twice with one request id, which starts one task. Deleting it undoes nothing.
 */
export async function startTask(runner: TaskRunner, event: unknown): Promise<Started> {
  const { RequestType, RequestId, PhysicalResourceId, ResourceProperties: task } = startEvent.parse(event);
  const id = PhysicalResourceId ?? `task-${task.name}`;
  if (RequestType === 'Delete') return { PhysicalResourceId: id };
  const token = createHash('sha256').update(`${RequestId}/${task.taskDefinition}`).digest('hex').slice(0, 32);
  const taskArn = await runner.run({ ...task, token });
  return { PhysicalResourceId: id, Data: { taskArn } };
}

/**
 * `isComplete`: whether the task has ended well.
 * @throws Error when it failed, which fails the deploy before anything that depends on it is changed
 */
export async function isTaskDone(runner: TaskRunner, event: unknown): Promise<{ IsComplete: boolean }> {
  const { RequestType, ResourceProperties: task, Data } = pollEvent.parse(event);
  if (RequestType === 'Delete') return { IsComplete: true };
  if (Data === undefined) throw new Error(`no task was started for ${task.name}`);
  const state = await runner.stateOf(task.cluster, Data.taskArn);
  if (state.status !== 'failed') return { IsComplete: state.status === 'succeeded' };
  throw new Error(`task ${task.name} failed: ${state.reason}. What it wrote is in the log group ${task.logGroup}`);
}
