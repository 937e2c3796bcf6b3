import { expect, test, vi } from 'vitest';
import type { Backend } from '../../src/cli/backend/backend.js';
import { followRun } from '../../src/cli/follow-run.js';
import { AlmanacError } from '../../src/domain/errors.js';
import type { RunView } from '../../src/domain/views.js';

const running: RunView = {
  workflowId: 'w',
  runId: 'first',
  status: 'running',
  scheduleId: null,
  scheduledTime: null,
  startTime: '2026-11-23T01:00:00.000Z',
  closeTime: null,
  steps: [],
  error: null,
};
const completed: RunView = { ...running, status: 'completed', closeTime: '2026-11-23T01:00:09.000Z' };
const notFound = new AlmanacError('not-found', 'run w does not exist');
const unavailable = new AlmanacError('unavailable', 'no answer');

/** Answers each look in turn; the clock moves by `stepMs` a look. */
function scripted(answers: (RunView | AlmanacError)[], stepMs = 500) {
  let now = 0;
  const asked: (string | undefined)[] = [];
  const getRun = async (_: string, runId: string | undefined) => {
    asked.push(runId);
    now += stepMs;
    const answer = answers[Math.min(asked.length - 1, answers.length - 1)];
    if (answer === undefined || answer instanceof AlmanacError) throw answer;
    return answer;
  };
  const reporter = { update: vi.fn(), trouble: vi.fn() };
  const stop = new AbortController();
  const follow = (options: { appearsWithinMs?: number } = {}) =>
    followRun({ getRun } as Partial<Backend> as Backend, reporter, {
      workflowId: 'w',
      runId: undefined,
      signal: stop.signal,
      now: () => now,
      ...options,
    });
  return { asked, reporter, stop, follow };
}

test('watches to the end, and pins the run id from the first look on', async () => {
  const { asked, reporter, follow } = scripted([running, completed]);
  expect(await follow()).toBe(completed);
  expect(asked).toEqual([undefined, 'first']);
  expect(reporter.update.mock.calls).toEqual([[running], [completed]]);
});

test('follows a run that continued as new', async () => {
  const continued: RunView = { ...completed, status: 'continuedAsNew' };
  const { asked, follow } = scripted([running, continued, { ...completed, runId: 'second' }]);
  expect(await follow()).toMatchObject({ runId: 'second', status: 'completed' });
  expect(asked).toEqual([undefined, 'first', undefined]);
});

test('a server that is away for a moment is waited for', async () => {
  const { reporter, follow } = scripted([running, unavailable, completed]);
  expect(await follow()).toBe(completed);
  expect(reporter.trouble).toHaveBeenCalledWith(unavailable);
});

test('a server that is away for long is an error', async () => {
  await expect(scripted([running, unavailable], 61_000).follow()).rejects.toBe(unavailable);
});

test('a run that does not exist is an error at once, but a triggered one may appear late', async () => {
  await expect(scripted([notFound]).follow()).rejects.toBe(notFound);
  expect(await scripted([notFound, completed]).follow({ appearsWithinMs: 10_000 })).toBe(completed);
  await expect(scripted([notFound], 11_000).follow({ appearsWithinMs: 10_000 })).rejects.toBe(notFound);
});

test('a run that vanishes while it is watched is an error', async () => {
  await expect(scripted([running, notFound]).follow({ appearsWithinMs: 10_000 })).rejects.toBe(notFound);
});

test('Ctrl-C ends the watching at once, even while the server is slow', async () => {
  const { stop, follow, reporter } = scripted([running]);
  reporter.update.mockImplementation(() => stop.abort());
  expect(await follow()).toBeUndefined();
});
