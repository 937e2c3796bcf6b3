import { describe, expect, it } from 'vitest';
import type { SchedulerEvent } from '../../../src/domain/slots/scheduler-event.js';
import { schedulerLog } from '../../../src/domain/slots/scheduler-log.js';
import { minute, rules } from './slot-world.js';

const started = (at: number, changes: object = {}): SchedulerEvent => ({
  type: 'started',
  at: minute(at),
  by: 'almanac',
  isCreation: true,
  rulesSince: minute(at),
  rules: rules(),
  paused: false,
  note: '',
  conflictToken: 1,
  limitedActions: false,
  actions: [],
  ...changes,
});
const look = (at: number): SchedulerEvent => ({ type: 'look', at: minute(at) });
const pause = (at: number, by = 'ada', note = 'why'): SchedulerEvent => ({ type: 'pause', at: minute(at), by, note });
const unpause = (at: number): SchedulerEvent => ({ type: 'unpause', at: minute(at), by: 'grace', note: 'on' });
const state = (at: number, paused: boolean, note = ''): SchedulerEvent => ({
  type: 'state',
  at: minute(at),
  paused,
  note,
  actions: [],
});
const update = (at: number, conflictToken: number, changes: object = {}): SchedulerEvent => ({
  type: 'update',
  at: minute(at),
  by: 'ada',
  rules: rules({ overlap: 'allowAll' }),
  paused: false,
  note: '',
  conflictToken,
  limitedActions: false,
  ...changes,
});
const logOf = (...events: SchedulerEvent[]) => schedulerLog(events, undefined);

describe('schedulerLog', () => {
  it('counts a pause from the look that took it up', () => {
    const { pauses } = logOf(started(0), look(0), pause(5), look(6), unpause(20), look(21));
    expect(pauses).toEqual([
      {
        since: minute(5),
        effectiveFrom: minute(6),
        until: minute(20),
        effectiveUntil: minute(21),
        by: 'ada',
        note: 'why',
        cause: 'pause',
      },
    ]);
  });

  it('knows nothing of a pause that no look has taken up', () => {
    expect(logOf(started(0), look(0), pause(5)).pauses).toEqual([]);
  });

  it('ends one pause and begins another when somebody else pauses again', () => {
    const { pauses } = logOf(started(0), look(0), pause(5), look(5), pause(9, 'grace', 'still'), look(9));
    expect(pauses.map(({ by, note, effectiveUntil }) => [by, note, effectiveUntil])).toEqual([
      ['ada', 'why', minute(9)],
      ['grace', 'still', undefined],
    ]);
  });

  it('begins an era with each update, but not with one that was made for an older state', () => {
    const { eras } = logOf(started(0), look(0), pause(5), look(5), update(7, 1), look(7), update(9, 2), look(9));
    expect(eras.map(({ from, rules: { overlap } }) => [from, overlap])).toEqual([
      [minute(0), 'skip'],
      [minute(9), 'allowAll'],
    ]);
  });

  it('takes an update without a token, and any of a schedule that counts its actions down', () => {
    expect(logOf(started(0), look(0), update(5, 0), look(5)).eras).toHaveLength(2);
    expect(logOf(started(0, { limitedActions: true }), look(0), update(5, 7), look(5)).eras).toHaveLength(2);
  });

  it('knows a pause that the scheduler made itself by its memo', () => {
    const { pauses } = logOf(started(0), look(0), look(5), state(5, true, 'paused due to workflow failure'));
    expect(pauses).toMatchObject([{ cause: 'failure', since: minute(5), note: 'paused due to workflow failure' }]);
    expect(pauses[0]?.effectiveFrom).toBe(minute(5));
  });

  it('keeps the conflict token right over a pause of its own', () => {
    const paused = [started(0), look(0), look(5), state(5, true, 'paused due to workflow failure')];
    expect(logOf(...paused, update(7, 1), look(7)).eras).toHaveLength(1);
    expect(logOf(...paused, update(7, 2), look(7)).eras).toHaveLength(2);
  });

  it('lets an update pause and unpause', () => {
    const { pauses } = logOf(
      started(0),
      look(0),
      update(5, 1, { paused: true, note: 'by file' }),
      look(5),
      update(8, 2),
      look(8),
    );
    expect(pauses).toMatchObject([{ cause: 'update', by: 'ada', note: 'by file', effectiveUntil: minute(8) }]);
  });

  it('says who created a schedule paused, and does not know it of a run of the scheduler that began so', () => {
    expect(logOf(started(0, { paused: true, note: 'first' })).pauses).toMatchObject([
      { cause: 'creation', by: 'almanac', since: minute(0) },
    ]);
    expect(logOf(started(0, { paused: true, isCreation: false })).pauses).toMatchObject([
      { cause: 'unknown', by: undefined, since: undefined, effectiveFrom: Number.NEGATIVE_INFINITY },
    ]);
  });

  it('goes on over runs of the scheduler', () => {
    const next = started(10, { isCreation: false, paused: true, conflictToken: 2, rulesSince: minute(0) });
    const log = logOf(started(0), look(0), pause(5), look(5), next, look(10), unpause(15), look(15));
    expect(log.coveredFrom).toBe(minute(0));
    expect(log.eras).toHaveLength(1);
    expect(log.pauses).toMatchObject([{ by: 'ada', until: minute(15) }]);
    expect(log.looks).toEqual([0, 5, 10, 15].map(minute));
  });

  it('keeps requests, what was started and what could not be, and the end', () => {
    const action = {
      workflowId: 'a',
      runId: '1',
      startTime: minute(1),
      status: 'running',
      source: 'describe',
    } as const;
    const log = logOf(
      started(0, { actions: [action] }),
      look(0),
      { type: 'trigger', at: minute(2), by: 'ada', time: minute(1), overlap: 'skip' },
      { type: 'backfill', at: minute(3), by: 'ada', from: minute(0), to: minute(2), overlap: undefined },
      { type: 'state', at: minute(3), paused: false, note: '', actions: [{ ...action, status: 'completed' }] },
      { type: 'start-failed', at: minute(3), message: 'no such search attribute' },
      { type: 'ended', at: minute(4) },
    );
    expect(log.requests).toMatchObject([
      { kind: 'trigger', from: minute(1), to: minute(1) },
      { kind: 'backfill', from: minute(0), to: minute(2) },
    ]);
    expect(log.actions).toEqual([{ ...action, status: 'completed' }]);
    expect(log.failedStarts).toEqual([{ at: minute(3), message: 'no such search attribute' }]);
    expect(log.coveredUntil).toBe(minute(4));
  });
});
