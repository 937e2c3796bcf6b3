import type { ScheduleDefinition } from '../../../domain/definition/schedule-definition.js';
import type { PlanAction, PlanChange, PlanView } from '../../../domain/plan/plan.js';
import type { Cli } from '../../cli.js';
import type { Tone } from '../colors.js';
import { definitionFields } from '../definition-fields.js';
import { formatFields } from '../table.js';
import { count, oneLine } from '../text.js';
import { fieldText } from './field-text.js';
import { someFireTimes } from './fire-time-text.js';
import { horizonText, summaryText } from './summary-text.js';

const looks: Record<PlanAction, { sign: string; tone: Tone }> = {
  create: { sign: '+', tone: 'good' },
  update: { sign: '~', tone: 'warn' },
  delete: { sign: '-', tone: 'bad' },
  'no-op': { sign: '=', tone: 'faint' },
};

const fieldTones: Record<string, Tone> = { '+': 'good', '~': 'warn', '-': 'bad' };

/** The definitions of a plan by id: they say in which timezone its fire times are read. */
export type Definitions = ReadonlyMap<string, ScheduleDefinition>;

/** A plan for people: each change with its fields and fire times, then one line that sums it up. */
export function planLines(plan: PlanView, definitions: Definitions, cli: Cli): string[] {
  const { paint } = cli.out;
  const changes = plan.changes.flatMap((change) => changeLines(change, plan, definitions.get(change.id), cli));
  const orphans = plan.orphans ?? [];
  const left =
    orphans.length === 0
      ? []
      : [
          paint(
            'warn',
            `${count(orphans.length, 'schedule')} of ${plan.owner} in no file: ${orphans.slice(0, 5).map(oneLine).join(', ')}${orphans.length > 5 ? ', …' : ''}; --prune deletes them`,
          ),
        ];
  return [...changes, ...left, paint('strong', `Plan for ${oneLine(plan.owner)}: ${summaryText(plan)}.`)];
}

/** No-ops are counted only, unless there is something to say about them. */
function changeLines(
  change: PlanChange,
  plan: PlanView,
  definition: ScheduleDefinition | undefined,
  cli: Cli,
): string[] {
  const { paint } = cli.out;
  const { sign, tone } = looks[change.action];
  const lines = [
    ...(change.conflict === undefined ? [] : [paint('bad', `refused: ${oneLine(change.conflict)}`)]),
    ...(change.action === 'create' ? creationLines(definition, cli) : fieldLines(change, cli)),
    ...fireTimeLines(change, plan, definition, cli),
    ...(change.marks ?? []).map(({ date, text }) => paint('warn', `${date}: ${oneLine(text)}`)),
    ...(change.foreseen ?? []).map((text) => paint('warn', `overlaps: ${oneLine(text)}`)),
    ...keptLines(change, cli),
    ...(change.warnings ?? []).map(({ path, message }) => paint('warn', `warning: ${oneLine(`${path} ${message}`)}`)),
  ];
  if (change.action === 'no-op' && lines.length === 0) return [];
  const whose = change.owner === undefined ? '' : paint('faint', ` (of ${change.owner ?? 'nobody'})`);
  const head = `${paint(tone, `${sign} ${change.action}`)} ${paint('strong', oneLine(change.id))}${whose}`;
  return [head, ...lines.map((line) => `    ${line}`), ''];
}

function creationLines(definition: ScheduleDefinition | undefined, cli: Cli): string[] {
  if (definition === undefined) return [];
  const { description, tags, paused } = definition;
  return formatFields(
    [
      ['description', description],
      ['tags', tags?.join(', ')],
      ['state', paused ? { text: 'paused', tone: 'warn' } : undefined],
      ...definitionFields(definition),
    ],
    cli.out.paint,
  );
}

const shownFields = 40;

function fieldLines({ fields, drift = [] }: PlanChange, cli: Cli): string[] {
  const drifted = new Set(drift.map(({ path }) => path));
  const { paint, isInteractive, columns } = cli.out;
  const width = isInteractive ? Math.max(20, Math.floor((columns - 20) / 2)) : 120;
  const lines = fields.slice(0, shownFields).map((change) => {
    const { sign, path, before, after } = fieldText(change, width);
    const values = [before, after].filter((value) => value !== undefined).join(' → ');
    const hand = drifted.has(change.path) ? paint('faint', ' (changed by hand)') : '';
    return `${paint(fieldTones[sign], `${sign} ${oneLine(path)}`)}  ${values}${hand}`;
  });
  const left = fields.length - lines.length;
  return left === 0 ? lines : [...lines, paint('faint', `… and ${count(left, 'more field')}: --json shows all`)];
}

function fireTimeLines(
  change: PlanChange,
  plan: PlanView,
  definition: ScheduleDefinition | undefined,
  cli: Cli,
): string[] {
  const { paint } = cli.out;
  const { gained, lost, moreGained = 0, moreLost = 0, until } = change.fireTimes;
  const timezone = timezoneOf(definition);
  const side = (word: string, times: readonly string[], more: number, tone: Tone) => {
    if (times.length === 0) return [];
    const room = cli.out.isInteractive ? cli.out.columns - 12 : Number.POSITIVE_INFINITY;
    const texts = [3, 2, 1].map(
      (shown) => `${someFireTimes(times, more, timezone, shown)} (${timezone}, ${horizonText(plan)})`,
    );
    return [`${paint(tone, word)} ${texts.find((text) => text.length <= room) ?? texts.at(-1)}`];
  };
  const none =
    change.action === 'create' && gained.length === 0 ? [paint('warn', `fires nothing in ${horizonText(plan)}`)] : [];
  const short = until === undefined ? [] : [paint('faint', `fires so often that it was compared until ${until} only`)];
  return [...none, ...side('gains', gained, moreGained, 'good'), ...side('loses', lost, moreLost, 'bad'), ...short];
}

function keptLines({ kept = [] }: PlanChange, cli: Cli): string[] {
  if (kept.length === 0) return [];
  const values = kept.map(({ path, value }) => `${path} ${oneLine(JSON.stringify(value))}`);
  return [cli.out.paint('faint', `kept as set by hand: ${values.join(', ')}`)];
}

/** Of the file; a deleted schedule's is not told. */
export function timezoneOf(definition: ScheduleDefinition | undefined): string {
  const named = definition?.spec.cron?.map((cron) => /^\s*(?:CRON_)?TZ=(\S+)/.exec(cron)?.[1]).find(Boolean);
  return definition?.spec.timezone ?? named ?? 'UTC';
}
