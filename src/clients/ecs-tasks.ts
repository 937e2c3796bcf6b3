import { DescribeTasksCommand, ECSClient, RunTaskCommand, type Task } from '@aws-sdk/client-ecs';

export interface TaskRequest {
  cluster: string;
  taskDefinition: string;
  subnets: readonly string[];
  securityGroups: readonly string[];
  /** The same token again gives the same task and starts nothing. */
  token: string;
}

/** What became of a task. */
export type TaskState =
  | { status: 'running' }
  | { status: 'succeeded' }
  /** With the exit codes of its containers, or why ECS stopped it. */
  | { status: 'failed'; reason: string };

export interface TaskRunner {
  /** @returns the ARN of the task */
  run(request: TaskRequest): Promise<string>;
  stateOf(cluster: string, taskArn: string): Promise<TaskState>;
}

/** Tasks of Amazon ECS on Fargate, with the credentials and the region that the SDK finds. */
export function createTaskRunner(client = new ECSClient({ maxAttempts: 4 })): TaskRunner {
  return {
    async run({ cluster, taskDefinition, subnets, securityGroups, token }) {
      const { tasks, failures } = await client.send(
        new RunTaskCommand({
          cluster,
          taskDefinition,
          launchType: 'FARGATE',
          clientToken: token,
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [...subnets],
              securityGroups: [...securityGroups],
              assignPublicIp: 'DISABLED',
            },
          },
        }),
      );
      const arn = tasks?.[0]?.taskArn;
      if (arn !== undefined) return arn;
      const reasons = failures?.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': ')) ?? [];
      throw new Error(`ECS started no task of ${taskDefinition}: ${reasons.join(', ') || 'no reason given'}`);
    },
    async stateOf(cluster, taskArn) {
      const { tasks } = await client.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
      const task = tasks?.[0];
      // ECS forgets a task an hour after it stopped.
      if (task === undefined) return { status: 'failed', reason: `ECS knows no task ${taskArn}` };
      return stateOf(task);
    },
  };
}

function stateOf({ lastStatus, stoppedReason, containers = [] }: Task): TaskState {
  if (lastStatus !== 'STOPPED') return { status: 'running' };
  // A container that never ran has no exit code.
  if (containers.length > 0 && containers.every(({ exitCode }) => exitCode === 0)) return { status: 'succeeded' };
  const codes = containers.map(
    ({ name, exitCode, reason }) => `${name}: ${reason ?? `exit code ${exitCode ?? 'none'}`}`,
  );
  return { status: 'failed', reason: [stoppedReason, ...codes].filter(Boolean).join('; ') };
}
