import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { carryState, keptByHand, type ScheduleState } from '../../../src/domain/plan/carry-state.js';
import { planView } from '../../../src/domain/plan/plan.js';
import { planChanges } from '../../../src/domain/plan/plan-changes.js';
import type { DesiredSchedule, ListedSchedule, PlanInput } from '../../../src/domain/plan/plan-input.js';
import type { ScheduleForm } from '../../../src/domain/plan/schedule-form.js';
import { compileSpec } from '../../../src/domain/spec/compile-spec.js';

function definition(changes: Record<string, unknown> = {}) {
  return parseDefinition({
    id: 'x',
    spec: { cron: ['0 9 * * *'] },
    action: { steps: [{ id: 'pause', uses: 'wait', with: { duration: '1h' } }] },
    ...changes,
  });
}

/** As on the server; the services make the same of real payloads. */
function formOf({ spec, policies, action }: ReturnType<typeof definition>): ScheduleForm {
  return { spec: compileSpec(spec), rest: { policies: { overlap: 'skip', ...policies }, action } };
}

const wanted = (changes?: Record<string, unknown>): DesiredSchedule => {
  const parsed = definition(changes);
  return { definition: parsed, digest: JSON.stringify(changes ?? {}), form: formOf(parsed) };
};

interface LiveOptions {
  owner?: string | undefined;
  /** Edited by hand since. */
  edited?: Record<string, unknown>;
  state?: Partial<ScheduleState>;
  durations?: number[];
}

/** A live schedule that was applied with these changes, described. */
function live(changes: Record<string, unknown> = {}, options: LiveOptions = {}): ListedSchedule {
  const applied = definition(changes);
  const owner = 'owner' in options ? options.owner : 'me';
  return {
    id: 'x',
    owner,
    digest: JSON.stringify(changes),
    detail: {
      form: formOf(options.edited === undefined ? applied : definition({ ...changes, ...options.edited })),
      state: { paused: applied.paused ?? false, note: '', ...options.state },
      applied,
      appliedForm: formOf(applied),
      ...(options.durations === undefined ? {} : { durations: options.durations }),
    },
  };
}

function plan(input: Partial<PlanInput>) {
  const view = planChanges({
    owner: 'me',
    desired: [],
    live: [],
    now: new Date('2026-11-02T00:00:00Z'),
    horizonMs: 2 * 86_400_000,
    prune: false,
    adopt: false,
    ...input,
  });
  expect(planView.parse(view)).toEqual(view);
  return view;
}

const at9 = ['2026-11-02T09:00:00.000Z', '2026-11-03T09:00:00.000Z'];
const at10 = ['2026-11-02T10:00:00.000Z', '2026-11-03T10:00:00.000Z'];
const ten = { spec: { cron: ['0 10 * * *'] } };
const cronChange = { path: 'spec.cron[0]', before: '0 9 * * *', after: '0 10 * * *' };

describe('planChanges', () => {
  it.each<[string, Partial<PlanInput>, unknown]>([
    ['creates what is not there', { desired: [wanted()] }, { action: 'create', fireTimes: { gained: at9, lost: [] } }],
    [
      'leaves alone what has the digest, without a description of it',
      { desired: [wanted()], live: [{ id: 'x', owner: 'me', digest: '{}' }] },
      { action: 'no-op', fields: [], fireTimes: { gained: [], lost: [] } },
    ],
    [
      'updates what the file says otherwise',
      { desired: [wanted(ten)], live: [live()] },
      { action: 'update', fields: [cronChange], fireTimes: { gained: at10, lost: at9 } },
    ],
    [
      'undoes an edit by hand, and says so',
      { desired: [wanted()], live: [live({}, { edited: { policies: { overlap: 'allowAll' } } })] },
      {
        action: 'update',
        fields: [{ path: 'policies.overlap', before: 'allowAll', after: 'skip' }],
        drift: [{ path: 'policies.overlap', before: 'allowAll', after: 'skip' }],
        fireTimes: { gained: [], lost: [] },
      },
    ],
    [
      'counts from the live value where file and hand changed the same field',
      { desired: [wanted(ten)], live: [live({}, { edited: { spec: { cron: ['0 9 * * 1'] } } })] },
      {
        action: 'update',
        fields: [{ path: 'spec.cron[0]', before: '0 9 * * 1', after: '0 10 * * *' }],
        drift: [{ path: 'spec.cron[0]', before: '0 9 * * 1', after: '0 10 * * *' }],
        fireTimes: { gained: at10, lost: [at9[0]] },
      },
    ],
    [
      'keeps a pause by hand with its note, and the remaining actions',
      { desired: [wanted(ten)], live: [live({}, { state: { paused: true, note: 'why', remainingActions: 2 } })] },
      {
        action: 'update',
        kept: [
          { path: 'paused', value: true },
          { path: 'note', value: 'why' },
          { path: 'remainingActions', value: 2 },
        ],
      },
    ],
    [
      'foresees overlaps from past runs',
      {
        desired: [wanted({ spec: { intervals: [{ every: '10m' }] } })],
        live: [live({}, { durations: [840_000, 840_000, 840_000] })],
      },
      { action: 'update', foreseen: [expect.stringContaining('skip will drop about 5 in 10 fire times')] },
    ],
    [
      'refuses to take over what others own',
      { desired: [wanted(ten)], live: [live({}, { owner: 'you' })] },
      { action: 'update', owner: 'you', conflict: expect.stringContaining('belongs to you') },
    ],
    [
      'refuses to take over what nobody owns',
      { desired: [wanted(ten)], live: [live({}, { owner: undefined })] },
      { action: 'update', owner: null, conflict: expect.stringContaining('almanac export x') },
    ],
    [
      'leaves alone what others made the same way',
      { desired: [wanted()], live: [{ ...live({}, { owner: 'you' }), digest: undefined }] },
      {
        action: 'no-op',
        owner: 'you',
        fields: [],
        warnings: [{ path: 'id', message: expect.stringContaining('--adopt') }],
      },
    ],
    [
      'takes it over when told so',
      { desired: [wanted()], live: [live({}, { owner: 'you' })], adopt: true },
      { action: 'update', owner: 'you', fields: [{ path: 'owner', before: 'you', after: 'me' }] },
    ],
    [
      'deletes what nobody wants any more',
      { live: [live()], prune: true },
      { action: 'delete', fields: [], fireTimes: { gained: [], lost: at9 } },
    ],
  ])('%s', (_, input, expected) => {
    const { changes } = plan(input);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject(expected as object);
    const { conflict } = expected as { conflict?: unknown };
    if (conflict === undefined) expect(changes[0]?.conflict).toBeUndefined();
  });

  it('prunes only what is its own, and only the ids that it may', () => {
    const mine = [
      { ...live(), id: 'a' },
      { ...live(), id: 'b' },
    ];
    const theirs = { ...live({}, { owner: 'you' }), id: 'c' };
    const doomed = (prune: PlanInput['prune']) => {
      const { changes, orphans } = plan({ live: [theirs, ...mine.toReversed()], prune });
      return { changes: changes.map(({ id, action }) => `${action} ${id}`), orphans };
    };
    expect(doomed(false)).toEqual({ changes: [], orphans: ['a', 'b'] });
    expect(doomed(true)).toEqual({ changes: ['delete a', 'delete b'], orphans: undefined });
    expect(doomed(['b', 'c', 'd'])).toEqual({ changes: ['delete b'], orphans: ['a'] });
  });

  it('counts', () => {
    const { summary } = plan({
      desired: [wanted(ten)],
      live: [live({}, { owner: 'you' }), { ...live(), id: 'y' }],
      prune: true,
    });
    expect(summary).toEqual({ create: 0, update: 1, delete: 1, noOp: 0, conflict: 1 });
  });
});

describe('the state of a schedule, three-way', () => {
  const free: ScheduleState = { paused: false, note: '' };
  const held: ScheduleState = { paused: true, note: 'by hand', remainingActions: 3 };
  it.each<[string, ScheduleState, boolean | undefined, boolean, ScheduleState]>([
    ['the file says nothing new: a pause by hand stays', held, false, false, held],
    ['the file says nothing new: an unpause by hand stays', free, true, true, free],
    ['the file pauses now', free, false, true, { paused: true, note: 'Paused by its definition' }],
    ['the file unpauses now', held, true, false, { ...held, paused: false, note: 'Unpaused by its definition' }],
    ['the file wants what a hand did already', held, false, true, held],
    ['nobody knows what the file said', held, undefined, false, held],
  ])('%s', (_, state, applied, now, expected) => {
    expect(carryState(state, applied, now)).toEqual(expected);
    const paths = keptByHand(state, applied, now).map(({ path }) => path);
    expect(paths.includes('paused')).toBe(expected.paused !== now);
    expect(paths.includes('remainingActions')).toBe(expected.remainingActions !== undefined);
  });
});

describe('drift of a schedule with dst, whose compiled form has entries that no file has', () => {
  const dst = { gap: 'shift', fold: 'first' };
  const spec = { cron: ['*/15 * * * *', '30 2 * * *'], timezone: 'Europe/Berlin', dst };
  const driftFrom = (edited: Record<string, unknown>) =>
    plan({ desired: [wanted({ spec })], live: [live({ spec }, { edited: { spec: edited } })] }).changes[0]?.fields;

  it('is none where nothing was changed', () => {
    expect(driftFrom(spec)).toEqual([]);
  });

  it('is what a hand replaced, and dst itself, in a few lines', () => {
    expect(driftFrom({ cron: ['*/7 * * * *'], timezone: 'Europe/Berlin' })).toEqual([
      { path: 'spec.cron[0]', before: '0-59/7 * * * *', after: '0-59/15 * * * *' },
      { path: 'spec.cron[1]', before: null, after: '30 2 * * *' },
      { path: 'spec.dst', before: null, after: dst },
    ]);
  });

  it('is one line where only the entries of dst are gone', () => {
    expect(driftFrom({ cron: spec.cron, timezone: 'Europe/Berlin' })).toEqual([
      { path: 'spec.dst', before: null, after: dst },
    ]);
  });

  it('is the one field where the entries of dst are as they were', () => {
    expect(driftFrom({ ...spec, jitter: '30s' })).toEqual([{ path: 'spec.jitter', before: '30s', after: null }]);
  });

  it('is short where the live entries are those of another spec', () => {
    const fields = driftFrom({ ...spec, cron: ['*/10 * * * *'] });
    expect(fields?.length).toBeLessThan(20);
    expect(fields).toContainEqual({ path: 'spec.dst', before: 'compiled from something else', after: dst });
  });
});
