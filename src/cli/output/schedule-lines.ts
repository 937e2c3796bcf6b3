import { scheduleDefinition } from '../../domain/definition/schedule-definition.js';
import type { ScheduleView } from '../../domain/views.js';
import type { Cli } from '../cli.js';
import { definitionFields } from './definition-fields.js';
import { fireTimeLines } from './fire-time-lines.js';
import { latestFirst } from './latest-first.js';
import { type Cell, formatFields, formatTable } from './table.js';
import { when } from './when.js';

const shownFires = 5;
const shownRuns = 5;

/** A schedule for people: what it is, when it fires, what it does, and how it went lately. */
export function scheduleLines(schedule: ScheduleView, cli: Cli): string[] {
  const parsed = scheduleDefinition.safeParse(schedule.definition);
  const definition = parsed.success ? parsed.data : undefined;
  const timezone = definition?.spec.timezone ?? 'UTC';
  return [
    ...formatFields(
      [
        ['id', { text: schedule.id, tone: 'strong' }],
        ['description', schedule.description],
        ['state', stateCell(schedule)],
        ['paused by', pausedText(schedule, cli)],
        ['owner', ownerText(schedule)],
        ['tags', schedule.tags.length === 0 ? undefined : schedule.tags.join(', ')],
        ...(definition === undefined ? undefinedFields(schedule) : definitionFields(definition)),
        ['counts', countsText(schedule)],
        ...schedule.drift.map(
          ({ path, before, after }): Field => [
            'drift',
            { text: `${path}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`, tone: 'warn' },
          ],
        ),
      ],
      cli.out.paint,
    ),
    ...nextFires(schedule, timezone, cli),
    ...recentRuns(schedule, cli),
  ];
}

type Field = readonly [string, Cell | undefined];

function stateCell({ paused, note }: ScheduleView): Cell {
  const because = note === '' ? '' : ` (${note})`;
  return paused ? { text: `paused${because}`, tone: 'warn' } : { text: `active${because}`, tone: 'good' };
}

function pausedText({ pausedBy, pausedSince }: ScheduleView, cli: Cli): string | undefined {
  return pausedSince === undefined ? undefined : `${pausedBy ?? 'unknown'}, ${when(cli, pausedSince)}`;
}

function ownerText({ owned, owner }: ScheduleView): string {
  return owned ? (owner ?? 'almanac') : 'not made by Almanac';
}

/** A schedule that something else made has no definition; one of a later version may not parse. */
function undefinedFields({ definition }: ScheduleView): Field[] {
  return definition === null ? [] : [['definition', JSON.stringify(definition)]];
}

function countsText({ counts }: ScheduleView): string {
  const { actions, running, skippedOverlap, missedCatchupWindow } = counts;
  return `${actions} started, ${running} running, ${skippedOverlap} skipped by overlap, ${missedCatchupWindow} missed`;
}

function nextFires(schedule: ScheduleView, timezone: string, cli: Cli): string[] {
  if (schedule.paused)
    return ['', `Fires nothing while it is paused; almanac next ${schedule.id} shows when it would.`];
  if (schedule.nextFireTimes.length === 0) return ['', 'Fires no more.'];
  const times = schedule.nextFireTimes.slice(0, shownFires).map((time) => Date.parse(time));
  return ['', 'Next fires', ...fireTimeLines(times, timezone, cli)];
}

function recentRuns(schedule: ScheduleView, cli: Cli): string[] {
  if (schedule.recentRuns.length === 0) return ['', 'No runs yet.'];
  const rows = latestFirst(schedule.recentRuns)
    .slice(0, shownRuns)
    .map(({ workflowId, startTime }): Cell[] => [when(cli, startTime), workflowId]);
  return ['', 'Recent runs', ...formatTable(['STARTED', 'WORKFLOW ID'], rows, cli.out.paint)];
}
