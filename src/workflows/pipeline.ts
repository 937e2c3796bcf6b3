import {
  ApplicationFailure,
  CancellationScope,
  defineQuery,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Step } from '../domain/definition/step.js';
import type { StepError } from '../domain/errors.js';
import { ExpressionError, type ExpressionScope, hasExpressions } from '../domain/evaluate.js';
import { expressionSource } from '../domain/expression.js';
import type { PipelineInput, PipelineResult, PipelineState, StepState } from '../domain/pipeline.js';
import { stateQuery } from '../domain/temporal-names.js';
import { CancelNotices } from './pipeline/cancel-notices.js';
import { evaluateExpression, evaluateFields } from './pipeline/expressions.js';
import { runScope } from './pipeline/run-scope.js';
import { checkFields, runStep } from './pipeline/run-step.js';
import { StateBoard } from './pipeline/state-board.js';
import { toStepError } from './pipeline/step-error.js';

export const pipelineState = defineQuery<PipelineState>(stateQuery);

/**
 * The built-in workflow of every action with `steps`: one step after the other, `onFailure` when one failed.
 * Outputs stand in the events of their own steps and are not repeated in the result.
 *
 * @throws ApplicationFailure whose type is the kind of the first step error and whose details are `{ error, steps }`
 */
export async function pipeline(input: PipelineInput): Promise<PipelineResult> {
  const run = runScope(input);
  const board = new StateBoard(input, run);
  setHandler(pipelineState, () => board.snapshot());
  const scope: ExpressionScope = { run, input: input.input ?? {}, steps: {} };
  const notices = new CancelNotices();

  board.enter('running');
  try {
    const error = await runAll(input.steps, 'action.steps', scope, board, notices);
    if (error) {
      await recover(input, scope, board, notices, error);
      await notices.settled();
      board.enter('failed', error);
      throw toRunFailure(error, board.steps);
    }
    board.skipPending(input.onFailure ?? []);
    await notices.settled();
    board.enter('succeeded');
    return { steps: board.steps };
  } catch (error) {
    if (isCancellation(error)) {
      board.cancelRest();
      await notices.settled();
      board.enter('cancelled');
    }
    throw error;
  }
}

/** Runs steps in order; ends at the first that fails without `continueOnError` and returns its error. */
async function runAll(
  steps: readonly Step[],
  path: string,
  scope: ExpressionScope,
  board: StateBoard,
  notices: CancelNotices,
): Promise<StepError | undefined> {
  for (const [index, step] of steps.entries()) {
    const state = board.step(step.id);
    const at = `${path}[${index}]`;
    try {
      if (step.if !== undefined && !(await isTrue(step.if, scope, `${at}.if`))) {
        board.skip(state);
        scope.steps[step.id] = { output: null, status: 'skipped' };
        continue;
      }
      board.start(state, step);
      // What stands in the file was checked with the file; what expressions yielded is checked now.
      const fields = hasExpressions(step.with)
        ? checkFields(step.uses, await evaluateFields(step.with, scope, `${at}.with`), `${at}.with`)
        : step.with;
      const output = await runStep(step, fields, { scope, path: at, scheduleId: scope.run.scheduleId, notices });
      board.finish(state, 'succeeded');
      scope.steps[step.id] = { output: output ?? null, status: 'succeeded' };
    } catch (error) {
      if (isCancellation(error) && CancellationScope.current().consideredCancelled) {
        board.finish(state, 'cancelled');
        throw error;
      }
      const failure = toStepError(error, step.id);
      board.finish(state, 'failed', failure);
      scope.steps[step.id] = { output: null, status: 'failed', error: failure };
      if (!step.continueOnError) return failure;
    }
  }
  return undefined;
}

/** Only what is exactly true runs a step: a typo that yields nothing must not. */
async function isTrue(condition: string, scope: ExpressionScope, path: string): Promise<boolean> {
  const source = expressionSource(condition) ?? '';
  const value = await evaluateExpression(source, scope, path);
  if (typeof value === 'boolean') return value;
  throw new ExpressionError(path, source, `an if must be true or false, this is ${JSON.stringify(value) ?? 'nothing'}`);
}

/** `onFailure` steps see `$error`. Their own failure is shown on their step; the run fails with the first error. */
async function recover(
  input: PipelineInput,
  scope: ExpressionScope,
  board: StateBoard,
  notices: CancelNotices,
  error: StepError,
): Promise<void> {
  board.skipPending(input.steps);
  if (!input.onFailure) return;
  board.enter('recovering', error);
  await runAll(input.onFailure, 'action.onFailure', { ...scope, error }, board, notices);
  board.skipPending(input.onFailure);
}

function toRunFailure(error: StepError, steps: StepState[]): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.kind,
    message: `step ${error.step} of ${workflowInfo().workflowId} failed: ${error.message}`,
    nonRetryable: true,
    details: [{ error, steps }],
  });
}
