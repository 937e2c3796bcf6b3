import type { AppliedChange, ApplyOutcome } from '../../domain/plan/plan.js';

/** CloudFormation takes 4,096 bytes of a custom resource's answer, ids and framework's fields included. */
const changesBytes = 2_500;
const reasonBytes = 1_500;

/** Attributes of the custom resource, which the stack gives as outputs. */
export interface DeployReport {
  Summary: string;
  /** One line a change, as many as fit; the log has all of them. */
  Changes: string;
  Digest: string;
}

const shown = ['created', 'updated', 'deleted'] as const satisfies ApplyOutcome[];

export function reportOf(changes: readonly AppliedChange[], digest: string): DeployReport {
  const withResult = (result: ApplyOutcome) => changes.filter((change) => change.result === result);
  const counts = [...shown, 'unchanged' as const].map((result) => `${withResult(result).length} ${result}`);
  const lines = shown.flatMap((result) => withResult(result).map(lineOf));
  return { Summary: counts.join(', '), Changes: lines.length === 0 ? 'none' : fitting(lines), Digest: digest };
}

function lineOf({ id, result, fields }: AppliedChange): string {
  if (result !== 'updated' || fields.length === 0) return `${result} ${id}`;
  return `${result} ${id} (${fields.map(({ path }) => path).join(', ')})`;
}

function fitting(lines: readonly string[]): string {
  const whole = lines.join('; ');
  if (bytesOf(whole) <= changesBytes) return whole;
  const kept: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    bytes += bytesOf(line) + 2;
    if (bytes > changesBytes) break;
    kept.push(line);
  }
  const left = lines.length - kept.length;
  return [...kept, `and ${left} more, see the log of the Lambda`].join('; ');
}

/** The reason of a failure, short enough for CloudFormation. */
export function reasonOf(error: Error): string {
  const text = error.message;
  if (bytesOf(text) <= reasonBytes) return text;
  // A byte cut out of a character becomes a replacement character, which says as much.
  return `${Buffer.from(text).subarray(0, reasonBytes).toString()}… the rest is in the log of the Lambda`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
