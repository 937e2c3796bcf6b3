import { describe, expect, it } from 'vitest';
import { expectedSlots } from '../../../src/domain/slots/expected-slots.js';
import { explainSlots } from '../../../src/domain/slots/explain-slots.js';
import type { PausePeriod, SlotFacts } from '../../../src/domain/slots/slot-facts.js';
import type { SlotView } from '../../../src/domain/slots/slot-view.js';
import { era, facts, iso, log, minute, rules, run } from './slot-world.js';

/** The slots of a window, by their minute. */
function explain(changes: Partial<SlotFacts>, from = -1, to = 60): Map<number, SlotView> {
  const known = facts(changes);
  const window = { start: minute(from), end: minute(to), limit: 1_000 };
  const { slots } = expectedSlots(known.log.eras, known.createdAt, window);
  const views = explainSlots(slots, known);
  return new Map(views.map((view) => [(Date.parse(view.scheduledTime) - minute(0)) / 60_000, view]));
}

const pause = (from: number, to: number | undefined, changes: Partial<PausePeriod> = {}): PausePeriod => ({
  since: minute(from),
  until: to === undefined ? undefined : minute(to),
  effectiveFrom: minute(from) + 3,
  effectiveUntil: to === undefined ? undefined : minute(to) + 3,
  by: 'ada',
  note: 'stocktaking',
  cause: 'pause',
  ...changes,
});

interface Case {
  name: string;
  facts: Partial<SlotFacts>;
  /** Minute of the slot. */
  slot: number;
  status: SlotView['status'];
  /** Parts of the evidence, in order. */
  evidence: (string | RegExp)[];
  more?: Partial<SlotView>;
}

const overlap = (policy: 'bufferOne' | 'bufferAll' | 'cancelOther' | 'terminateOther' | 'allowAll') =>
  log({ eras: [era(-60, rules({ overlap: policy }))] });
const counters = (changes: Partial<SlotFacts['counters']>) => ({ ...facts().counters, ...changes });

const cases: Case[] = [
  {
    name: 'a run on time',
    facts: { runs: [run(10)] },
    slot: 10,
    status: 'ran',
    evidence: [
      /^visibility: run job-2026-11-20T12:10:00Z \(run-10\) ran from .*12:10:00.020Z to .*12:11:00.000Z, completed$/,
    ],
  },
  {
    name: 'a run that goes on',
    facts: { runs: [run(10, { to: null })] },
    slot: 10,
    status: 'running',
    evidence: ['still running'],
  },
  {
    name: 'a run that failed',
    facts: { runs: [run(10, { status: 'timedOut' })] },
    slot: 10,
    status: 'failed',
    evidence: ['timedOut'],
  },
  {
    name: 'a run that started late because the server was away',
    facts: { runs: [run(10, { at: 14 })], log: log({ looks: [minute(0), minute(14)] }) },
    slot: 10,
    status: 'late',
    evidence: [
      'visibility',
      /started 4 min after its time: .*came to it at .*12:14:00.000Z, so the server was down or behind/,
    ],
    more: { lateBySeconds: 240.02 },
  },
  {
    name: 'a run that is late within the jitter is not late',
    facts: { runs: [run(10, { at: 14 })], log: log({ eras: [era(-60, rules({}, { jitter: '5m' }))] }) },
    slot: 10,
    status: 'ran',
    evidence: ['visibility'],
  },
  {
    name: 'a run that waited in the buffer',
    facts: { runs: [run(0, { to: 18 }), run(10, { at: 18 })], log: overlap('bufferOne') },
    slot: 10,
    status: 'late',
    evidence: ['visibility', 'it waited for run job-2026-11-20T12:00:00Z (run-0), overlap policy bufferOne'],
  },
  {
    name: 'a run in the way',
    facts: { runs: [run(0, { to: 18 })], counters: counters({ overlapSkipped: 3 }) },
    slot: 10,
    status: 'skippedByOverlap',
    evidence: [
      /run-0\) was open when Temporal came to this time at .*12:10:00.005Z: it ran from .* to .*12:18:00.000Z, completed; overlap policy skip$/,
      'describe: 3 skipped by overlap since',
    ],
  },
  {
    name: 'a run in the way that goes on',
    facts: { runs: [run(0, { to: null })] },
    slot: 20,
    status: 'skippedByOverlap',
    evidence: ['still running'],
  },
  {
    name: 'fires that the scheduler came to at once: the first is in the way of the others',
    facts: {
      runs: [run(10, { at: 35, to: 35.5 })],
      log: log({ looks: [minute(0), minute(35)], eras: [era(-60, rules({ catchupWindow: 3_600_000 }))] }),
    },
    slot: 30,
    status: 'skippedByOverlap',
    evidence: ['(run-10) was started first when Temporal came to several times at once at 2026-11-20T12:35:00.000Z'],
  },
  {
    name: 'a run that Almanac started beside the scheduler is in nobody’s way',
    facts: { runs: [run(3, { to: 18, direct: 'manual' })] },
    slot: 10,
    status: 'unknown',
    evidence: ['neither visibility nor the history says'],
  },
  {
    name: 'allowAll knows no overlap',
    facts: { runs: [run(0, { to: 18 })], log: overlap('allowAll') },
    slot: 10,
    status: 'unknown',
    evidence: ['neither visibility'],
  },
  {
    name: 'the one that bufferOne keeps',
    facts: { runs: [run(30, { to: null })], log: overlap('bufferOne'), counters: counters({ bufferSize: 1 }) },
    slot: 40,
    status: 'buffered',
    evidence: ['it starts when that run ends', 'describe: 1 buffered'],
  },
  {
    name: 'the next one, which bufferOne drops',
    facts: { runs: [run(30, { to: null })], log: overlap('bufferOne'), counters: counters({ bufferSize: 1 }) },
    slot: 50,
    status: 'skippedByOverlap',
    evidence: ['another fire was waiting already'],
  },
  {
    name: 'bufferAll keeps every one',
    facts: { runs: [run(30, { to: null })], log: overlap('bufferAll'), counters: counters({ bufferSize: 2 }) },
    slot: 50,
    status: 'buffered',
    evidence: ['overlap policy bufferAll', 'describe: 2 buffered'],
  },
  {
    name: 'a waiting fire is thrown away by a pause',
    facts: { runs: [run(30, { to: null })], log: { ...overlap('bufferAll'), pauses: [pause(45, undefined)] } },
    slot: 40,
    status: 'paused',
    evidence: ['it waited in the buffer since', 'paused at'],
  },
  {
    name: 'a fire that cancels another, and is replaced before that has ended',
    facts: { runs: [run(0, { to: 25, status: 'canceled' }), run(20, { at: 25, to: 26 })], log: overlap('cancelOther') },
    slot: 10,
    status: 'skippedByOverlap',
    evidence: [/the fire of 2026-11-20T12:20:00.000Z took its place/],
  },
  {
    name: 'paused, by whom and why',
    facts: { log: log({ pauses: [pause(5, 25)] }) },
    slot: 20,
    status: 'paused',
    evidence: [/^scheduler history: paused at .*12:05:00.000Z by ada \(stocktaking\), until .*12:25:00.000Z$/],
    more: { pause: { since: iso(5), until: iso(25), by: 'ada', note: 'stocktaking' } },
  },
  {
    name: 'a fire before the scheduler took up the pause is not paused',
    facts: { log: log({ pauses: [pause(10, 25, { effectiveFrom: minute(10) + 5 })] }), runs: [run(10)] },
    slot: 10,
    status: 'ran',
    evidence: ['visibility'],
  },
  {
    name: 'a fire that the scheduler came to in the look that took up the pause',
    facts: { log: log({ pauses: [pause(10, 25, { effectiveFrom: minute(10) + 5 })] }) },
    slot: 10,
    status: 'paused',
    evidence: ['came to it at 2026-11-20T12:10:00.005Z, together with the pause', 'paused at'],
  },
  {
    name: 'the same, with a run in the way: that is looked at first',
    facts: { log: log({ pauses: [pause(10, 25, { effectiveFrom: minute(10) + 5 })] }), runs: [run(0, { to: 18 })] },
    slot: 10,
    status: 'skippedByOverlap',
    evidence: ['(run-0) was open'],
  },
  {
    name: 'paused since before the history',
    facts: {
      log: log({
        pauses: [
          pause(0, undefined, {
            since: undefined,
            by: undefined,
            effectiveFrom: Number.NEGATIVE_INFINITY,
            cause: 'unknown',
          }),
        ],
      }),
    },
    slot: 0,
    status: 'paused',
    evidence: ['by whom and when is not known'],
    more: { pause: { since: null, until: null, by: null, note: 'stocktaking' } },
  },
  {
    name: 'missed: the scheduler came to it after the catchup window',
    facts: { log: log({ looks: [minute(0), minute(35)] }), counters: counters({ missedCatchupWindow: 2 }) },
    slot: 20,
    status: 'missedCatchup',
    evidence: [/came to it at .*12:35:00.000Z, 15 min late; the catchup window is 10 min$/, 'describe: 2 missed'],
  },
  {
    name: 'within the catchup window nothing is missed',
    facts: { log: log({ looks: [minute(0), minute(35)] }) },
    slot: 30,
    status: 'unknown',
    evidence: ['neither visibility'],
  },
  {
    name: 'the server could not start it',
    facts: { log: log({ failedStarts: [{ at: minute(20) + 5, message: 'Workflow execution already started' }] }) },
    slot: 20,
    status: 'notStarted',
    evidence: ['tried to start it at 2026-11-20T12:20:00.005Z and could not: Workflow execution already started'],
  },
  {
    name: 'a skipped date',
    facts: { log: log({ eras: [era(-60, rules({}, { skipDates: [{ date: '2026-11-20', comment: 'inventory' }] }))] }) },
    slot: 20,
    status: 'skippedDate',
    evidence: ['spec: skipDates[0] takes out 2026-11-20 (inventory)'],
    more: { skip: { path: 'skipDates[0]', date: '2026-11-20', comment: 'inventory' } },
  },
  {
    name: 'a skip calendar that somebody edited by hand has no path',
    facts: { log: log({ eras: [era(-60, rules({ skipPaths: [] }, { skip: [{ hour: '12' }] }))] }) },
    slot: 20,
    status: 'skippedDate',
    evidence: ['spec: a skip calendar takes out 2026-11-20'],
    more: { skip: { date: '2026-11-20' } },
  },
  { name: 'still to come', facts: { now: minute(35) }, slot: 40, status: 'toCome', evidence: ['spec: due at'] },
  {
    name: 'still to come while paused',
    facts: { now: minute(35), paused: true, note: 'moving' },
    slot: 40,
    status: 'toCome',
    evidence: ['describe: paused now (moving): it runs only if unpaused'],
  },
  {
    name: 'due, and the scheduler has not come to it',
    facts: { now: minute(61), log: log({ looks: [minute(0), minute(50)] }) },
    slot: 60,
    status: 'toCome',
    evidence: ['has not come to it yet, 60 s after its time'],
  },
  {
    name: 'no actions left',
    facts: { remainingActions: 0, log: log({ looks: [minute(0)] }) },
    slot: 30,
    status: 'unknown',
    evidence: ['no actions left'],
  },
  {
    name: 'before the creation',
    facts: { createdAt: minute(15) },
    slot: 10,
    status: 'beforeCreation',
    evidence: ['describe: the schedule was created at'],
  },
  {
    name: 'before a change whose past is not known',
    facts: { log: log({ eras: [era(25)], coveredFrom: minute(30), missing: 'older than the namespace keeps' }) },
    slot: 20,
    status: 'unknown',
    evidence: [
      /^describe: the schedule was changed at .*12:25:00.000Z; what it was at .* is not known: older than the namespace keeps/,
    ],
  },
  {
    name: 'before a change, with a run for that time all the same',
    facts: { log: log({ eras: [era(25)], coveredFrom: minute(30) }), runs: [run(20)] },
    slot: 20,
    status: 'ran',
    evidence: ['run-20'],
  },
  {
    name: 'without the history of the scheduler',
    facts: { log: log({ coveredFrom: undefined, looks: [], missing: 'no history (CHASM)' }), paused: true, note: 'x' },
    slot: 20,
    status: 'unknown',
    evidence: ['no run is found, and', 'describe: paused now (x), since when is not known'],
  },
  {
    name: 'without the history of the scheduler, a run that overlaps',
    facts: {
      log: log({ coveredFrom: undefined, looks: [], missing: 'no history (CHASM)' }),
      runs: [run(10, { to: 25 })],
    },
    slot: 20,
    status: 'skippedByOverlap',
    evidence: [
      'run-10',
      "inferred from that run alone: the scheduler's history is not there for this time: no history (CHASM)",
    ],
  },
  {
    name: 'after the end of the scheduler',
    facts: { log: log({ coveredUntil: minute(15), looks: [minute(0), minute(10) + 5] }) },
    slot: 20,
    status: 'unknown',
    evidence: ["the scheduler's history is not there for this time: it ended at 2026-11-20T12:15:00.000Z"],
  },
  {
    name: 'a run that visibility no longer has and the scheduler remembers',
    facts: {
      log: log({
        actions: [
          {
            workflowId: 'job-2026-11-20T12:20:00Z',
            runId: 'old',
            startTime: minute(20),
            status: 'completed',
            source: 'scheduler history',
          },
        ],
      }),
    },
    slot: 20,
    status: 'ran',
    evidence: ['scheduler history: run job-2026-11-20T12:20:00Z (old) ran from'],
  },
  {
    name: 'of a run that is remembered only nobody knows whether it was in the way',
    facts: {
      log: log({
        actions: [
          {
            workflowId: 'job-2026-11-20T12:20:00Z',
            runId: 'old',
            startTime: minute(20),
            status: 'failed',
            source: 'describe',
          },
        ],
      }),
    },
    slot: 30,
    status: 'unknown',
    evidence: ['neither visibility'],
  },
  {
    name: 'older than runs are kept',
    facts: { retention: 1_800_000 },
    slot: 20,
    status: 'unknown',
    evidence: ['visibility: runs are kept for 30 min after their end'],
  },
  {
    name: 'more runs than are read',
    facts: { runsComplete: false },
    slot: 20,
    status: 'unknown',
    evidence: ['more runs than are read at once'],
  },
  {
    name: 'triggered for that time through Almanac',
    facts: { log: log({ pauses: [pause(5, 25)] }), runs: [run(10, { at: 30, direct: 'manual' })] },
    slot: 10,
    status: 'triggered',
    evidence: [
      'its search attributes say that a trigger started it',
      'by itself it did not run: scheduler history: paused',
    ],
  },
  {
    name: 'backfilled by the server',
    facts: {
      log: log({
        pauses: [pause(5, 25)],
        requests: [
          { at: minute(30), by: 'ada', kind: 'backfill', from: minute(5), to: minute(15), overlap: 'allowAll' },
        ],
      }),
      runs: [run(10, { at: 30 })],
    },
    slot: 10,
    status: 'backfilled',
    evidence: [/scheduler history: backfill asked for at .* by ada$/, 'by itself it did not run'],
    more: {
      runs: [
        {
          workflowId: 'job-2026-11-20T12:10:00Z',
          runId: 'run-10',
          status: 'completed',
          trigger: 'backfill',
          startTime: '2026-11-20T12:30:00.020Z',
          closeTime: iso(31),
        },
      ],
    },
  },
  {
    name: 'a backfill whose request is not in what was read',
    facts: { log: log({ pauses: [pause(5, 25)] }), runs: [run(10, { at: 55 })] },
    slot: 10,
    status: 'backfilled',
    evidence: ["the schedule itself can't have started it then", 'by itself it did not run'],
  },
  {
    name: 'a trigger within the second of a fire does not take its run',
    facts: {
      log: log({
        requests: [
          {
            at: minute(10) + 500,
            by: 'ada',
            kind: 'trigger',
            from: minute(10) + 500,
            to: minute(10) + 500,
            overlap: 'allowAll',
          },
        ],
      }),
      runs: [run(10), run(10, { runId: 'manual', startTime: minute(10) + 520 })],
    },
    slot: 10,
    status: 'ran',
    evidence: ['run-10', 'trigger asked for'],
  },
  {
    name: 'a run that went on as new is one run',
    facts: { runs: [run(10, { status: 'continuedAsNew' }), run(10, { runId: 'second', at: 11, to: null })] },
    slot: 10,
    status: 'running',
    evidence: ['continuedAsNew', 'still running'],
  },
];

describe('explainSlots', () => {
  it.each(cases)('$name', ({ facts: known, slot, status, evidence, more }) => {
    const view = explain(known).get(slot);
    expect(view).toMatchObject({ status, ...more });
    const matching = evidence.map((part, index) =>
      typeof part === 'string'
        ? expect(view?.evidence[index]).toContain(part)
        : expect(view?.evidence[index]).toMatch(part),
    );
    expect(view?.evidence).toHaveLength(matching.length);
  });

  it('says something of every slot', () => {
    const views = [...explain({ runs: [run(0, { to: 18 }), run(20)] }, -30).values()];
    expect(views.map(({ status }) => status)).toEqual([
      ...[
        'missedCatchup',
        'missedCatchup',
        'ran',
        'skippedByOverlap',
        'ran',
        'unknown',
        'unknown',
        'unknown',
        'unknown',
      ],
    ]);
    for (const { evidence } of views) expect(evidence.join('')).not.toBe('');
  });
});
