import { describe, expect, test } from 'vitest';
import { encodeSlots } from '../../../src/domain/backfill/slot-list.js';
import type { BackfillInput } from '../../../src/domain/backfill/workflow.js';
import { Ledger } from '../../../src/workflows/backfill/ledger.js';

const input = (changes: Partial<BackfillInput> = {}): BackfillInput => ({
  scheduleId: 'nightly',
  only: 'missing',
  order: 'oldest',
  maxConcurrent: 2,
  slots: encodeSlots([10, 20, 30, 40, 50]),
  ...changes,
});

const run = (slot: number) => ({ workflowId: `nightly-${slot}`, runId: `run-${slot}` });
const started = (...slots: number[]) => ({
  started: slots.map((slot) => ({ slot, run: run(slot) })),
  skipped: [],
  yieldTo: [],
});
const ended = (slot: number, end: 'completed' | 'failed' | 'gone' = 'completed') => ({ runId: `run-${slot}`, end });
const paused = { at: '2026-11-20T00:00:00.000Z', by: 'ann' };

describe('the ledger', () => {
  test('hands out so many slots as are free, each once, until all are counted', () => {
    const ledger = new Ledger(input());
    const seen: number[] = [];
    for (let now = 0; !ledger.isDone; now += 100) {
      const { due } = ledger;
      expect(ledger.openRuns.length + due.length).toBeLessThanOrEqual(2);
      seen.push(...due);
      if (due.length > 0) ledger.recordStart(started(...due), now);
      ledger.recordEnds(
        [{ runId: ledger.openRuns[0]?.runId ?? '', end: now === 200 ? 'failed' : 'completed' }],
        now + 50,
      );
    }
    expect(seen).toEqual([10, 20, 30, 40, 50]);
    expect(ledger.result).toEqual({ succeeded: 4, failed: 1, skipped: 0 });
  });

  test('takes the newest first when asked to', () => {
    const ledger = new Ledger(input({ order: 'newest' }));
    expect(ledger.due).toEqual([50, 40]);
    ledger.recordStart(started(50, 40), 0);
    ledger.recordEnds([ended(40)], 1);
    expect(ledger.due).toEqual([30]);
    expect(new Ledger(ledger.carry()).due).toEqual([30]);
  });

  test('a skipped slot takes no place', () => {
    const ledger = new Ledger(input());
    ledger.recordStart({ ...started(20), skipped: [10] }, 0);
    expect(ledger.due).toEqual([30]);
    expect(ledger.progress(0)).toMatchObject({ running: 1, skipped: 1 });
  });

  test('paused it hands out nothing and estimates nothing; the first who paused is kept', () => {
    const ledger = new Ledger(input({ expectedMs: 1_000 }));
    expect(ledger.progress(0).eta).toBe('1970-01-01T00:00:02.500Z');
    ledger.pause(paused);
    ledger.pause({ ...paused, by: 'bob' });
    expect(ledger.due).toEqual([]);
    expect(ledger.progress(0)).toMatchObject({ eta: null, paused: { by: 'ann' } });
    ledger.resume();
    expect(ledger.due).toEqual([10, 20]);
  });

  test('a live run goes first, and its end is watched but not counted', () => {
    const ledger = new Ledger(input());
    ledger.recordStart({ started: [], skipped: [], yieldTo: [run(99)] }, 0);
    expect(ledger.due).toEqual([]);
    expect(ledger.watched).toEqual([run(99)]);
    expect(ledger.progress(0).yieldingTo).toEqual(run(99));
    ledger.recordEnds([ended(99, 'gone')], 10);
    expect(ledger.due).toEqual([10, 20]);
    expect(ledger.result).toEqual({ succeeded: 0, failed: 0, skipped: 0 });
  });

  test('continued as new it knows all that it knew', () => {
    const ledger = new Ledger(input());
    ledger.recordStart(started(10, 20), 0);
    ledger.recordEnds([ended(10), ended(10)], 400);
    ledger.pause(paused);
    const next = new Ledger(JSON.parse(JSON.stringify(ledger.carry())));
    expect(next.progress(500)).toEqual(ledger.progress(500));
    expect(next.openRuns).toEqual([run(20)]);
    next.resume();
    expect(next.due).toEqual([30]);
    expect(next.progress(500).eta).toBe(new Date(500 + 400 * 1.5).toISOString());
  });
});
