import { stepOfNotice } from '../callback/notice.js';
import { callbackExpiry } from '../callback/urls.js';
import { isStepUses, stepKinds } from '../steps/registry.js';
import type { CancelNoticeView, RunStatus, StepStatus, StepView } from '../views.js';
import type { DeclaredStep, PendingActivity, RunEvent, RunFacts } from './run-facts.js';

/**
 * The steps of a run, in the order in which they are declared (`onFailure` after the rest), or in which they began for a
 * workflow that declares none.
 */
export function stepsFromHistory(facts: RunFacts): StepView[] {
  const traces = withNotices(tracesOf(facts));
  const { declared } = facts;
  if (declared === undefined) return [...traces.values()].map((trace) => stepView(trace, trace, facts.status));
  const main = withUnstarted(
    declared.steps,
    traces,
    facts,
    declared.onFailure.some(({ id }) => traces.has(id)),
  );
  const recovery = withUnstarted(declared.onFailure, traces, facts, false);
  return [...main, ...recovery].map((step) => asReported(step, facts));
}

interface Trace extends DeclaredStep {
  openedAt: string;
  timeoutMs?: number;
  attempts: number;
  startedAt?: string;
  closed?: Extract<RunEvent, { type: 'closed' }>;
  pending?: PendingActivity;
  notice?: CancelNoticeView;
}

/** What happened to each step that began; of one that began again, the last time. */
function tracesOf({ events, pending }: RunFacts): Map<string, Trace> {
  const traces = new Map<string, Trace>();
  const byEvent = new Map<number, Trace>();
  for (const event of events) {
    if (event.type === 'opened') {
      const { stepId: id, uses, time: openedAt, timeoutMs } = event;
      const trace: Trace = { id, uses, openedAt, attempts: 1, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
      traces.set(id, trace);
      byEvent.set(event.event, trace);
      continue;
    }
    const trace = byEvent.get(event.event);
    if (trace === undefined) continue;
    if (event.type === 'started') {
      trace.attempts = event.attempt;
      trace.startedAt = event.time;
    } else trace.closed = event;
  }
  for (const activity of pending) {
    const trace = traces.get(activity.stepId);
    if (trace !== undefined && trace.closed === undefined) trace.pending = activity;
  }
  return traces;
}

/** A cancel notice is no step: it belongs to the step whose partner it tells. */
function withNotices(traces: Map<string, Trace>): Map<string, Trace> {
  for (const [id, trace] of traces) {
    const stepId = stepOfNotice(id, trace.uses);
    if (stepId === undefined) continue;
    const step = traces.get(stepId);
    if (step !== undefined) step.notice = noticeView(trace);
    traces.delete(id);
  }
  return traces;
}

function noticeView({ closed, pending, attempts, openedAt }: Trace): CancelNoticeView {
  const error = closed?.outcome === 'succeeded' ? undefined : (closed?.error ?? pending?.lastError);
  const ended = closed?.outcome === 'succeeded' ? 'delivered' : 'failed';
  return {
    status: closed === undefined ? 'sending' : ended,
    attempts: pending?.attempt ?? attempts,
    startTime: openedAt,
    closeTime: closed?.time ?? null,
    ...(error === undefined ? {} : { error }),
  };
}

function withUnstarted(
  declared: readonly DeclaredStep[],
  traces: ReadonlyMap<string, Trace>,
  facts: RunFacts,
  isOver: boolean,
): StepView[] {
  const lastBegun = declared.findLastIndex(({ id }) => traces.has(id));
  return declared.map((step, index) => {
    const trace = traces.get(step.id);
    if (trace !== undefined) return stepView(step, trace, facts.status);
    const wasPassedBy = index < lastBegun || isOver;
    return unstarted(step, wasPassedBy ? 'skipped' : unstartedStatus(facts.status));
  });
}

function unstartedStatus(status: RunStatus): StepStatus {
  if (status === 'running' || status === 'paused') return 'pending';
  return status === 'canceled' || status === 'terminated' ? 'cancelled' : 'skipped';
}

function unstarted({ id, uses }: DeclaredStep, status: StepStatus): StepView {
  return { id, uses, status, attempts: 0, startTime: null, closeTime: null };
}

function stepView({ id, uses }: DeclaredStep, trace: Trace, runStatus: RunStatus): StepView {
  const { closed, pending } = trace;
  const status = statusOf(trace, uses, runStatus);
  const error = closed?.outcome === 'succeeded' ? undefined : (closed?.error ?? pending?.lastError);
  return {
    id,
    uses,
    status,
    attempts: pending?.attempt ?? trace.attempts,
    startTime: trace.openedAt,
    closeTime: closed?.time ?? null,
    ...(pending?.progress === undefined ? {} : { progress: pending.progress }),
    ...(closed?.outcome === 'succeeded' && closed.output !== undefined ? { output: closed.output } : {}),
    ...(error === undefined ? {} : { error: { ...error, step: id } }),
    ...(status === 'waiting' && trace.timeoutMs !== undefined
      ? { callback: callbackOf(trace.openedAt, trace.timeoutMs) }
      : {}),
    ...(trace.notice === undefined ? {} : { cancelNotice: trace.notice }),
  };
}

function statusOf({ closed, pending }: Trace, uses: string, runStatus: RunStatus): StepStatus {
  if (closed !== undefined) return closed.outcome;
  // A run that timed out or was terminated leaves its open steps without an ending of their own.
  if (runStatus === 'failed' || runStatus === 'timedOut') return 'failed';
  if (runStatus !== 'running' && runStatus !== 'paused') return 'cancelled';
  return isCallback(uses) && pending?.isStarted === true ? 'waiting' : 'running';
}

function isCallback(uses: string): boolean {
  return isStepUses(uses) && stepKinds[uses].execution === 'callback';
}

function callbackOf(openedAt: string, timeoutMs: number): NonNullable<StepView['callback']> {
  return {
    expiresAt: new Date(callbackExpiry(Date.parse(openedAt) + timeoutMs)).toISOString(),
    operations: ['complete', 'fail', 'heartbeat', 'cancel'],
  };
}

/** A step that left no event takes what the run itself said of it, such as an expression that failed. */
function asReported(step: StepView, { reported }: RunFacts): StepView {
  const said = reported.find(({ id }) => id === step.id);
  if (said === undefined || step.attempts > 0) return step;
  return {
    ...step,
    status: said.status,
    startTime: said.startTime ?? null,
    closeTime: said.closeTime ?? null,
    ...(said.error === undefined ? {} : { error: said.error }),
  };
}
