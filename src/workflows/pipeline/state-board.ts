import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Step } from '../../domain/definition/step.js';
import type { StepError } from '../../domain/errors.js';
import type { RunScope } from '../../domain/evaluate.js';
import type { PipelineInput, PipelineState, StepState } from '../../domain/pipeline.js';
import { stepKinds } from '../../domain/steps/registry.js';
import type { RunState } from '../../domain/temporal-names.js';

const stateKey = defineSearchAttributeKey('AlmanacState', SearchAttributeType.KEYWORD);
const triggerKey = defineSearchAttributeKey('AlmanacTrigger', SearchAttributeType.KEYWORD);
const scheduleKey = defineSearchAttributeKey('AlmanacScheduleId', SearchAttributeType.KEYWORD);

const marks: Record<StepState['status'], string> = {
  pending: '·',
  running: '▶',
  waiting: '⏳',
  succeeded: '✔',
  failed: '✘',
  skipped: '–',
  cancelled: '■',
};

/** What a run is doing now: answered to the query, shown in Temporal's UI, kept in the search attribute. */
export class StateBoard {
  readonly steps: StepState[];
  private readonly byId: Map<string, StepState>;
  private state: RunState = 'running';
  private shown: RunState | undefined;
  private error: StepError | undefined;

  constructor(
    private readonly input: PipelineInput,
    private readonly run: RunScope,
  ) {
    this.steps = [...input.steps, ...(input.onFailure ?? [])].map(({ id, uses }) => ({ id, uses, status: 'pending' }));
    this.byId = new Map(this.steps.map((step) => [step.id, step]));
  }

  step(id: string): StepState {
    const state = this.byId.get(id);
    if (!state) throw new Error(`no step ${id}`);
    return state;
  }

  /** A new state of the whole run. */
  enter(state: RunState, error?: StepError): void {
    this.state = state;
    this.error = error;
    this.publish(state);
  }

  start(step: StepState, definition: Step): void {
    const waits = stepKinds[definition.uses].execution === 'callback';
    step.status = waits ? 'waiting' : 'running';
    step.startTime = new Date().toISOString();
    this.publish(waits ? 'waiting' : this.state);
  }

  skip(step: StepState): void {
    step.status = 'skipped';
  }

  finish(step: StepState, status: 'succeeded' | 'failed' | 'cancelled', error?: StepError): void {
    step.status = status;
    step.closeTime = new Date().toISOString();
    if (error) step.error = error;
  }

  /** Steps that a failure kept from running. */
  skipPending(steps: readonly Step[]): void {
    for (const { id } of steps) {
      const step = this.step(id);
      if (step.status === 'pending') this.skip(step);
    }
  }

  cancelRest(): void {
    for (const step of this.steps) {
      if (step.status === 'pending') step.status = 'cancelled';
    }
  }

  snapshot(): PipelineState {
    return {
      scheduleId: this.input.scheduleId,
      scheduledTime: this.run.scheduledTime,
      state: this.shown ?? this.state,
      steps: this.steps,
      ...(this.error ? { error: this.error } : {}),
    };
  }

  /** An upsert is an event of the history: only changes are worth one. */
  private publish(state: RunState): void {
    setCurrentDetails(this.details());
    if (this.shown === state) return;
    upsertSearchAttributes([
      { key: stateKey, value: state },
      ...(this.shown === undefined
        ? [
            { key: triggerKey, value: this.run.trigger },
            { key: scheduleKey, value: this.input.scheduleId },
          ]
        : []),
    ]);
    this.shown = state;
  }

  /** Markdown that Temporal's own UI shows as the current details of the run. */
  private details(): string {
    const lines = this.steps.map(({ id, uses, status, error }) =>
      `- ${marks[status]} **${id}** \`${uses}\` ${status}${error ? `: ${error.kind}: ${error.message}` : ''}`.slice(
        0,
        500,
      ),
    );
    return [`Scheduled for ${this.run.scheduledTime} (${this.run.trigger})`, '', ...lines].join('\n');
  }
}
