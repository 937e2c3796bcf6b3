import { expect, test } from 'vitest';
import { Cli } from '../../../src/cli/cli.js';
import { liveRunLines } from '../../../src/cli/output/live-run.js';
import { runChanges } from '../../../src/cli/output/run-changes.js';
import { runLines } from '../../../src/cli/output/run-lines.js';
import type { RunView, StepView } from '../../../src/domain/views.js';
import { testHost } from '../support.js';

const start = Date.UTC(2026, 10, 23, 1);
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

const clean: StepView = {
  id: 'clean',
  uses: 's3.transform',
  status: 'running',
  attempts: 2,
  startTime: at(1),
  closeTime: null,
  progress: { done: 12_000, total: 60_000, unit: 'lines', rate: 3_200 },
};
const load: StepView = {
  id: 'load',
  uses: 'http.callback',
  status: 'pending',
  attempts: 0,
  startTime: null,
  closeTime: null,
};
const run: RunView = {
  workflowId: 'nightly-orders-2026-11-23T01:00:00Z',
  runId: 'c0ffee',
  status: 'running',
  scheduleId: 'nightly-orders',
  scheduledTime: at(0),
  trigger: 'manual',
  triggeredBy: 'ana',
  startTime: at(0),
  closeTime: null,
  steps: [clean, load],
  error: null,
};

const failed: RunView = {
  ...run,
  status: 'failed',
  closeTime: at(9),
  steps: [
    {
      ...clean,
      status: 'failed',
      closeTime: at(8),
      error: { kind: 'SourceChanged', message: 'object changed', retryable: false, step: 'clean' },
    },
    { ...load, status: 'skipped' },
  ],
  error: { kind: 'SourceChanged', message: 'object changed', retryable: false, step: 'clean' },
};

const cliAt = (seconds: number, isTTY = false) => new Cli(testHost({ isTTY, now: () => start + seconds * 1000 }));

test('a run in a pipe: facts, an aligned table, no symbols', () => {
  expect(runLines(run, cliAt(5)).join('\n')).toBe(`workflow id  nightly-orders-2026-11-23T01:00:00Z
run id       c0ffee
status       running
schedule     nightly-orders
scheduled    2026-11-23T01:00:00.000Z
trigger      manual by ana
started      2026-11-23T01:00:00.000Z
duration     5s

STEP   USES           STATUS   ATTEMPTS  DURATION  PROGRESS
clean  s3.transform   running  2         4s        12,000 of 60,000 lines (20%), 3,200 lines/s, 15s left
load   http.callback  pending  0         -`);
});

test('a failed run ends with its error; what has ended has no rate and no time left', () => {
  const text = runLines(failed, cliAt(500)).join('\n');
  expect(text).toContain('duration     9s');
  expect(text).toContain('12,000 of 60,000 lines (20%); SourceChanged: object changed');
  expect(text).not.toContain('left');
  expect(text.split('\n').at(-1)).toBe('SourceChanged in step clean: object changed');
});

test('an open callback says until when', () => {
  const waiting: StepView = {
    ...load,
    status: 'waiting',
    startTime: at(1),
    callback: { expiresAt: at(3600), operations: ['complete', 'fail'] },
  };
  expect(runLines({ ...run, steps: [waiting] }, cliAt(5)).at(-1)).toContain(
    'callback open until 2026-11-23T02:00:00.000Z',
  );
});

test('live lines have a bar and never exceed the terminal', () => {
  for (const columns of [40, 60, 100, 200]) {
    const cli = cliAt(5, true);
    Object.assign(cli.host.stdout, { columns });
    const lines = liveRunLines(run, cli.out, { now: start + 5_000, notice: 'the server does not answer; '.repeat(20) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: takes the colours out
    const widths = lines.map((line) => line.replace(/\x1b\[\d+m/g, '').length);
    expect(Math.max(...widths)).toBeLessThan(columns);
    expect(lines).toHaveLength(4);
    if (columns >= 100) expect(lines[1]).toContain('████░░░░');
  }
});

test('changes: the first look, progress by tenths, the end', () => {
  const now = start + 5_000;
  expect(runChanges(undefined, run, now)).toEqual([
    'run nightly-orders-2026-11-23T01:00:00Z running',
    'step clean running (attempt 2)',
    'step clean 12,000 of 60,000 lines (20%), 3,200 lines/s, 15s left',
  ]);
  expect(runChanges(run, run, now)).toEqual([]);
  const withDone = (done: number): RunView => ({
    ...run,
    steps: [{ ...clean, progress: { done, total: 60_000, unit: 'lines', rate: 3_200 } }, load],
  });
  expect(runChanges(run, withDone(17_000), now)).toEqual([]);
  expect(runChanges(run, withDone(18_000), now)).toHaveLength(1);
  expect(runChanges(run, failed, now)).toEqual([
    'step clean failed (attempt 2) after 7s: SourceChanged: object changed',
    'step load skipped',
    'run nightly-orders-2026-11-23T01:00:00Z failed after 9s: SourceChanged: object changed',
  ]);
});
