import { describe, expect, it } from 'vitest';
import type { RunEvent, RunFacts } from '../../../src/domain/runs/run-facts.js';
import { stepsFromHistory } from '../../../src/domain/runs/steps-from-history.js';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const opened = (event: number, stepId: string, uses = 's3.copy', timeoutMs?: number): RunEvent => ({
  type: 'opened',
  time: at(event),
  event,
  stepId,
  uses,
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
});
const started = (event: number, attempt = 1): RunEvent => ({ type: 'started', time: at(event + 1), event, attempt });
const succeeded = (event: number, output?: unknown): RunEvent => ({
  type: 'closed',
  time: at(event + 2),
  event,
  outcome: 'succeeded',
  output,
});
const failed = (event: number, kind = 'HttpError'): RunEvent => ({
  type: 'closed',
  time: at(event + 2),
  event,
  outcome: 'failed',
  error: { kind, message: 'm', retryable: false },
});

const declared = {
  steps: ['a', 'b', 'c'].map((id) => ({ id, uses: 's3.copy' })),
  onFailure: [{ id: 'alarm', uses: 'email.send' }],
};
const facts = (changes: Partial<RunFacts>): RunFacts => ({
  status: 'running',
  declared,
  events: [],
  pending: [],
  reported: [],
  ...changes,
});
const statuses = (changes: Partial<RunFacts>) => stepsFromHistory(facts(changes)).map(({ status }) => status);

describe('status of each step', () => {
  const aDone = [opened(1, 'a'), started(1), succeeded(1)];
  const cases: [string, Partial<RunFacts>, string[]][] = [
    ['nothing began', {}, ['pending', 'pending', 'pending', 'pending']],
    ['the first runs', { events: [opened(1, 'a')] }, ['running', 'pending', 'pending', 'pending']],
    [
      'the second was passed over',
      { events: [...aDone, opened(5, 'c')] },
      ['succeeded', 'skipped', 'running', 'pending'],
    ],
    [
      'onFailure runs',
      { events: [opened(1, 'a'), failed(1), opened(5, 'alarm')] },
      ['failed', 'skipped', 'skipped', 'running'],
    ],
    ['completed', { status: 'completed', events: aDone }, ['succeeded', 'skipped', 'skipped', 'skipped']],
    ['failed', { status: 'failed', events: [opened(1, 'a'), failed(1)] }, ['failed', 'skipped', 'skipped', 'skipped']],
    ['canceled', { status: 'canceled', events: aDone }, ['succeeded', 'cancelled', 'cancelled', 'cancelled']],
    [
      'terminated',
      { status: 'terminated', events: [opened(1, 'a')] },
      ['cancelled', 'cancelled', 'cancelled', 'cancelled'],
    ],
    ['timed out', { status: 'timedOut', events: [opened(1, 'a')] }, ['failed', 'skipped', 'skipped', 'skipped']],
  ];
  it.each(cases)('%s', (_name, changes, expected) => {
    expect(statuses(changes)).toEqual(expected);
  });
});

describe('a step', () => {
  const only = (uses: string) => ({ steps: [{ id: 'a', uses }], onFailure: [] });

  it('waits when its callback is out, and not while it is sent again', () => {
    const events = [opened(1, 'a', 'http.callback', 3_600_000)];
    const pending = { stepId: 'a', attempt: 2, isStarted: true };
    const [waiting] = stepsFromHistory(facts({ declared: only('http.callback'), events, pending: [pending] }));
    expect(waiting).toMatchObject({
      status: 'waiting',
      attempts: 2,
      callback: { expiresAt: '2026-01-01T01:01:01.000Z', operations: ['complete', 'fail', 'heartbeat', 'cancel'] },
    });
    const between = { ...pending, isStarted: false };
    const [again] = stepsFromHistory(facts({ declared: only('http.callback'), events, pending: [between] }));
    expect(again?.status).toBe('running');
    expect(again).not.toHaveProperty('callback');
  });

  it('shows progress and the error of the attempt before', () => {
    const progress = { done: 3, total: 9, unit: 'objects' };
    const lastError = { kind: 'SlowDown', message: 'm', retryable: true };
    const [step] = stepsFromHistory(
      facts({
        declared: only('s3.copy'),
        events: [opened(1, 'a')],
        pending: [{ stepId: 'a', attempt: 3, isStarted: true, progress, lastError }],
      }),
    );
    expect(step).toMatchObject({ status: 'running', attempts: 3, progress, error: { ...lastError, step: 'a' } });
  });

  it('that began again shows the last time', () => {
    const events = [opened(1, 'a'), failed(1), opened(5, 'a'), started(5, 4), succeeded(5, { objects: 1 })];
    const [step] = stepsFromHistory(facts({ declared: only('s3.copy'), events, status: 'completed' }));
    expect(step).toMatchObject({ status: 'succeeded', attempts: 4, startTime: at(5), output: { objects: 1 } });
    expect(step).not.toHaveProperty('error');
  });

  it('of a user workflow is each of its activities, in the order in which they began', () => {
    const events = [opened(1, '1', 's3.transform'), opened(2, '2', 's3.transform'), succeeded(2)];
    const steps = stepsFromHistory(facts({ declared: undefined, events }));
    expect(steps.map(({ id, uses, status }) => [id, uses, status])).toEqual([
      ['1', 's3.transform', 'running'],
      ['2', 's3.transform', 'succeeded'],
    ]);
  });
});

describe('cancel notices', () => {
  const notice = (event: number): RunEvent => opened(event, 'b.cancel', 'callback.notify');
  const load = [opened(1, 'b', 'http.callback'), started(1), failed(1, 'Timeout')];
  const noticeOf = (changes: Partial<RunFacts>) =>
    stepsFromHistory(facts({ status: 'failed', ...changes })).find(({ id }) => id === 'b')?.cancelNotice;

  it('stand on the step whose partner they tell, also in a workflow that declares no steps', () => {
    const events = [...load, notice(4), started(4, 2), succeeded(4, { status: 204 })];
    const expected = { status: 'delivered', attempts: 2, startTime: at(4), closeTime: at(6) };
    expect(noticeOf({ events })).toEqual(expected);
    const free = stepsFromHistory(facts({ declared: undefined, events }));
    expect(free).toMatchObject([{ id: 'b', cancelNotice: expected }]);
  });

  it('say that they are under way, and why a delivery was not taken', () => {
    const lastError = { kind: 'HttpError', message: 'POST host answered 503', retryable: true };
    const pending = [{ stepId: 'b.cancel', attempt: 3, isStarted: true, lastError }];
    expect(noticeOf({ events: [...load, notice(4)], pending })).toMatchObject({
      status: 'sending',
      attempts: 3,
      error: lastError,
    });
    expect(noticeOf({ events: [...load, notice(4), failed(4)] })).toMatchObject({
      status: 'failed',
      error: { kind: 'HttpError' },
    });
    expect(noticeOf({ events: load })).toBeUndefined();
  });
});
