import { ApplicationFailure, log, proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { StepActivities } from '../domain/steps/registry.js';
import type { WorkflowInput } from '../domain/workflow-registry.js';

export interface PartitionResult {
  /** One entry a value, in the order of the input. */
  partitions: { value: string; key: string; lines: number; bytes: number }[];
  /** Lines of the source that no value claimed are not counted here: compare with the source's own count. */
  lines: number;
}

/**
 * An example of a workflow written in TypeScript: splits one object of lines into one object per value, a few at a time,
 * with the same `s3.transform` activity that schedule files use. It shows what a pipeline can't do: fan-out with a limit.
 */
export async function partitionObjects(input: WorkflowInput<'partitionObjects'>): Promise<PartitionResult> {
  const activities = proxyActivities<StepActivities>({
    scheduleToCloseTimeout: '2h',
    heartbeatTimeout: '30s',
    retry: { maximumAttempts: 5 },
  });
  const { startTime, workflowId } = workflowInfo();
  const partitions: PartitionResult['partitions'] = new Array(input.values.length);
  let next = 0;
  let done = 0;

  async function lane(): Promise<void> {
    for (let index = next++; index < input.values.length; index = next++) {
      const value = input.values[index] as string;
      const key = `${input.target.prefix}${fileName(value)}`;
      const output = await activities['s3.transform']({
        scheduleId: workflowId,
        stepId: `partition-${index}`,
        scheduledTime: startTime.toISOString(),
        with: {
          source: { bucket: input.source.bucket, keys: [input.source.key] },
          target: { bucket: input.target.bucket, key },
          keep: input.linePattern.replaceAll('{value}', quote(value)),
        },
      });
      partitions[index] = { value, key, lines: output.linesOut, bytes: output.bytesOut };
      done += 1;
      setCurrentDetails(
        `${done} of ${input.values.length} partitions of s3://${input.source.bucket}/${input.source.key}`,
      );
    }
  }

  assertDistinct(input.values);
  await Promise.all(Array.from({ length: Math.min(input.maxConcurrent, input.values.length) }, lane));
  log.info('partitioned', { values: input.values.length });
  return { partitions, lines: partitions.reduce((sum, partition) => sum + partition.lines, 0) };
}

/** Two values with one file name would overwrite each other. */
function assertDistinct(values: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const value of values) {
    const name = fileName(value);
    const other = seen.get(name);
    if (other !== undefined) {
      throw ApplicationFailure.nonRetryable(
        `the values ${JSON.stringify(other)} and ${JSON.stringify(value)} would both become ${name}`,
        'InvalidInput',
      );
    }
    seen.set(name, value);
  }
}

function fileName(value: string): string {
  return value.replace(/[^A-Za-z0-9._-]+/g, '_');
}

function quote(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
