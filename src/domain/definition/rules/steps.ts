import { parseDuration } from '../../duration.js';
import { isStepUses, type StepUses, stepKinds } from '../../steps/registry.js';
import { type Fault, field, formatPath } from '../fault.js';
import { type PlacedStep, stepsOf } from '../placed-step.js';
import { checkRequest } from './request.js';
import { checkTransfer } from './transfer.js';
import { checkWorkflowInput, type Workflows } from './workflow-input.js';

export interface Findings {
  errors: Fault[];
  warnings: Fault[];
}

/** What one step's schema cannot see: ids used twice, times that contradict each other, requests and transfers that cannot work. */
export function checkSteps(definition: unknown, workflows: Workflows): Findings {
  const steps = stepsOf(definition);
  return {
    errors: [
      ...duplicateIds(steps),
      ...steps.flatMap((step) => [
        ...checkTimes(step),
        ...checkRequest(step),
        ...checkTransfer(step),
        ...checkChild(step, workflows),
      ]),
    ],
    warnings: steps.flatMap(uselessFields),
  };
}

function duplicateIds(steps: PlacedStep[]): Fault[] {
  return steps.flatMap((step) => {
    const first = steps.find((candidate) => candidate.id === step.id);
    if (step.id === undefined || first === undefined || first.order === step.order) return [];
    const message = `the step id "${step.id}" is taken by ${formatPath(first.path)}; ids are unique over steps and onFailure`;
    return [{ path: [...step.path, 'id'], message, value: step.id }];
  });
}

/** A time that counts for a step: its own, else the default of its kind. */
interface Time {
  text: string;
  ms: number;
  given: boolean;
}

function timeOf(
  step: PlacedStep,
  key: 'timeout' | 'attemptTimeout' | 'heartbeat',
  fallback?: string,
): Time | undefined {
  const own = field(step.value, key);
  const text = own ?? fallback;
  const ms = typeof text === 'string' ? parseDuration(text) : undefined;
  return ms === undefined ? undefined : { text: String(text), ms, given: own !== undefined };
}

function checkTimes(step: PlacedStep): Fault[] {
  if (typeof step.uses !== 'string' || !isStepUses(step.uses)) return [];
  const { uses } = step;
  const faults: Fault[] = [];
  const fault = (key: string, message: string) =>
    faults.push({ path: [...step.path, key], message, value: field(step.value, key) });
  const timeout = timeOf(step, 'timeout', stepKinds[uses].defaults.timeout);
  const attempt = timeOf(step, 'attemptTimeout');
  const heartbeat = timeOf(step, 'heartbeat');
  const named = (key: string, time: Time) => `${key} ${time.text}${time.given ? '' : ` (the default of ${uses})`}`;
  if (field(step.value, 'heartbeat') !== undefined && !beats(uses)) {
    faults.push({
      path: [...step.path, 'heartbeat'],
      message: `a ${uses} step has no heartbeat: leave it out`,
      value: field(step.value, 'heartbeat'),
      atKey: true,
    });
  } else if (heartbeat && attempt && heartbeat.ms >= attempt.ms) {
    fault('heartbeat', `must be shorter than ${named('attemptTimeout', attempt)}, or it never decides anything`);
  } else if (heartbeat && timeout && heartbeat.ms > timeout.ms) {
    fault('heartbeat', `must not be longer than ${named('timeout', timeout)}`);
  }
  if (attempt && timeout && attempt.ms > timeout.ms) {
    fault('attemptTimeout', `must not be longer than ${named('timeout', timeout)}, which is over all attempts`);
  }
  const retry = field(step.value, 'retry');
  const initial = msOf(field(retry, 'initialInterval'));
  const maximum = msOf(field(retry, 'maximumInterval'));
  if (initial !== undefined && maximum !== undefined && initial > maximum) {
    faults.push({
      path: [...step.path, 'retry', 'maximumInterval'],
      message: `must not be shorter than initialInterval ${String(field(retry, 'initialInterval'))}`,
      value: field(retry, 'maximumInterval'),
    });
  }
  const waits = uses === 'wait' ? msOf(field(field(step.value, 'with'), 'duration')) : undefined;
  if (waits !== undefined && timeout && waits > timeout.ms) {
    fault(
      'timeout',
      `the step waits ${String(field(field(step.value, 'with'), 'duration'))} and would time out before`,
    );
  }
  return faults;
}

function msOf(text: unknown): number | undefined {
  return typeof text === 'string' ? parseDuration(text) : undefined;
}

/** Timers and child workflows give no sign of life; activities do. */
function beats(uses: StepUses): boolean {
  const { execution } = stepKinds[uses];
  return execution === 'activity' || execution === 'callback';
}

/** Fields that a kind accepts and that change nothing there. */
function uselessFields(step: PlacedStep): Fault[] {
  const useless: Partial<Record<string, string[]>> = {
    wait: ['attemptTimeout', 'queueTimeout', 'retry'],
    workflow: ['queueTimeout'],
  };
  return (useless[String(step.uses)] ?? [])
    .filter((key) => field(step.value, key) !== undefined)
    .map((key) => ({ path: [...step.path, key], message: `has no effect on a ${step.uses} step`, atKey: true }));
}

function checkChild(step: PlacedStep, workflows: Workflows): Fault[] {
  if (step.uses !== 'workflow') return [];
  const given = field(step.value, 'with');
  const path = [...step.path, 'with'];
  return checkWorkflowInput(
    field(given, 'name'),
    [...path, 'name'],
    field(given, 'input'),
    [...path, 'input'],
    workflows,
  );
}
