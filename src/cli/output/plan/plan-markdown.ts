import type { PlanChange, PlanView } from '../../../domain/plan/plan.js';
import { count } from '../text.js';
import { fieldText } from './field-text.js';
import { fireTimeCounts, someFireTimes } from './fire-time-text.js';
import { type Definitions, timezoneOf } from './plan-lines.js';
import { horizonText, summaryText } from './summary-text.js';

/** GitHub takes 65,536 characters in a comment. */
const roomForDetails = 55_000;
const shownRows = 200;
const shownTimes = 5;
const valueWidth = 200;

/** A plan as Markdown for a pull request: a table of the changes, and one block of details for each. */
export function planMarkdown(plan: PlanView, definitions: Definitions): string[] {
  const changes = plan.changes.filter(({ action, conflict }) => action !== 'no-op' || conflict !== undefined);
  const head = [`### Almanac plan for ${code(plan.owner)}`, '', `${summaryText(plan)}.`];
  const orphans = plan.orphans ?? [];
  const left =
    orphans.length === 0 ? [] : ['', `In no file, and left alone: ${orphans.slice(0, 20).map(code).join(', ')}.`];
  if (changes.length === 0) return [...head, ...left];
  const table = [
    '',
    `| | Schedule | Fields | Fire times in ${horizonText(plan)} |`,
    '| --- | --- | --- | --- |',
    ...changes.slice(0, shownRows).map(row),
    ...(changes.length > shownRows ? ['', `… and ${count(changes.length - shownRows, 'more change')}.`] : []),
  ];
  return [...head, ...left, ...table, ...details(changes, definitions)];
}

function row(change: PlanChange): string {
  const { gained, lost } = fireTimeCounts(change.fireTimes);
  const times =
    [gained === 0 ? '' : `+${gained}`, lost === 0 ? '' : `−${lost}`].filter(Boolean).join(' ') || 'the same';
  const fields = change.action === 'update' ? change.fields.slice(0, 3).map(({ path }) => code(path)) : [];
  const more = change.action === 'update' && change.fields.length > 3 ? [`${change.fields.length - 3} more`] : [];
  const refused = change.conflict === undefined ? '' : ' **refused**';
  return `| ${change.action}${refused} | ${code(change.id)} | ${[...fields, ...more].join(', ')} | ${times} |`;
}

function details(changes: readonly PlanChange[], definitions: Definitions): string[] {
  const lines: string[] = [];
  let length = 0;
  for (const [index, change] of changes.entries()) {
    const block = detail(change, timezoneOf(definitions.get(change.id)));
    length += block.join('\n').length;
    if (length > roomForDetails) {
      return [...lines, '', `Details of ${count(changes.length - index, 'more change')}: ${code('almanac plan')}.`];
    }
    lines.push('', ...block);
  }
  return lines;
}

function detail(change: PlanChange, timezone: string): string[] {
  const { gained, lost, moreGained = 0, moreLost = 0 } = change.fireTimes;
  const times = (list: readonly string[], more: number) => someFireTimes(list, more, timezone, shownTimes);
  const drifted = new Set(change.drift?.map(({ path }) => path));
  const fields = change.fields.map((field) => {
    const { before = '', after = '' } = fieldText(field, valueWidth);
    const hand = drifted.has(field.path) ? ' (changed by hand)' : '';
    return `| ${code(field.path)}${hand} | ${code(before)} | ${code(after)} |`;
  });
  const notes = [
    ...(change.conflict === undefined ? [] : [`**Refused:** ${plain(change.conflict)}`]),
    ...(gained.length === 0 ? [] : [`Gains ${times(gained, moreGained)} (${plain(timezone)})`]),
    ...(lost.length === 0 ? [] : [`Loses ${times(lost, moreLost)} (${plain(timezone)})`]),
    ...(change.marks ?? []).map(({ date, text }) => `${date}: ${plain(text)}`),
    ...(change.foreseen ?? []).map((text) => `Overlaps: ${plain(text)}`),
    ...(change.kept ?? []).map(
      ({ path, value }) => `Kept as set by hand: ${code(path)} ${code(JSON.stringify(value))}`,
    ),
    ...(change.warnings ?? []).map(({ path, message }) => `Warning: ${code(path)} ${plain(message)}`),
  ];
  return [
    `<details><summary>${change.action} ${code(change.id)}</summary>`,
    '',
    ...(fields.length === 0 ? [] : ['| Field | Before | After |', '| --- | --- | --- |', ...fields, '']),
    ...notes.map((note) => `- ${note}`),
    '',
    '</details>',
  ];
}

/** Text of files and servers outside `<code>`: an invisible space keeps `@daily` from calling a person of that name. */
function plain(text: string): string {
  return escaped(text).replace(/&#(?:64|35);/g, '$&&#8203;');
}

/** Nothing in it is Markdown, HTML or the end of a table's cell. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[^\p{L}\p{N} .,:;/+=()'"{}%?!→…−-]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/** Inside `<code>` nobody is mentioned and no issue is linked. */
function code(text: string): string {
  return text === '' ? '' : `<code>${escaped(text)}</code>`;
}
