import path from 'node:path';
import type { ScheduleDefinition } from '../../domain/definition/schedule-definition.js';
import type { HomeLayout } from '../home/layout.js';
import type { PlatformState } from '../home/state-file.js';
import { formatElapsed } from '../progress.js';
import type { AppliedSchedules } from './apply-schedules.js';
import type { Endpoints } from './endpoints.js';

/** What the platform says when it is up. */
export function readyMessage(
  endpoints: Endpoints,
  layout: HomeLayout,
  schedules: AppliedSchedules,
  elapsedMs: number,
): string {
  const rows: [string, string][] = [
    ['Console and API', endpoints.api],
    ['Temporal', endpoints.temporal],
    ...(endpoints.temporalUi === undefined ? [] : [['Temporal UI', endpoints.temporalUi] satisfies [string, string]]),
    ['S3', endpoints.s3],
    ['Mail', endpoints.mail === undefined ? endpoints.ses : `${endpoints.mail}/local/mail`],
    ['Admin key', shown(layout.adminKey)],
    ['Logs', shown(layout.logs)],
  ];
  return [
    '',
    `Almanac is ready after ${formatElapsed(elapsedMs)}.`,
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(17)}${value}`),
    '',
    'To try next, in another terminal:',
    ...nextSteps(schedules.definitions).map(([command, what]) => `  ${command.padEnd(49)} ${what}`),
    '',
    `Ctrl-C ends the platform; all it holds stays in ${shown(layout.home)} for the next start.`,
    '',
  ].join('\n');
}

/** A path as the user would type it. */
function shown(file: string): string {
  const relative = path.relative('', file);
  return relative.startsWith('..') ? file : relative;
}

/** Commands that work as they stand with the schedules that are here. */
function nextSteps(definitions: readonly ScheduleDefinition[]): [string, string][] {
  const example = exampleOf(definitions);
  return [
    ['npx almanac list', 'schedules and when they fire next'],
    ...(example === undefined
      ? ([['npx almanac validate schedules', 'after writing a schedule file of your own']] satisfies [string, string][])
      : ([
          [`npx almanac trigger ${example}`, 'one run now; prints its workflow id'],
          ['npx almanac run <workflow id> --follow', 'its steps and their progress'],
          [`npx almanac next ${example} -n 5`, 'its next five fire times'],
        ] satisfies [string, string][])),
    ['npx almanac callbacks', 'what waits for an external system'],
  ];
}

/** A schedule to trigger first: one that needs nobody else, with the most to see. */
function exampleOf(definitions: readonly ScheduleDefinition[]): string | undefined {
  const score = ({ action }: ScheduleDefinition): number => {
    const kinds = 'steps' in action ? action.steps.map((step) => step.uses) : [];
    if (kinds.includes('http.callback') || kinds.includes('callback.wait')) return -1;
    return kinds.length + (kinds.includes('s3.transform') ? 10 : 0);
  };
  return [...definitions].sort((a, b) => score(b) - score(a) || a.id.localeCompare(b.id))[0]?.id;
}

/** For a second start in the same home. */
export function alreadyRunning(state: PlatformState): string {
  return (
    `Almanac is already running here (pid ${state.pid}, since ${state.startedAt}) at ${state.url}. ` +
    `Stop it with Ctrl-C in its terminal or with: kill -TERM ${state.pid}. ` +
    'For a second platform beside it set ALMANAC_HOME and the ports (ALMANAC_PORT, ALMANAC_TEMPORAL_PORT, ALMANAC_S3_PORT, ALMANAC_SES_PORT).'
  );
}

export function schedulesLine({ counts, problems }: AppliedSchedules): string {
  const parts = [`${counts.create} created`, `${counts.update} updated`, `${counts['no-op']} unchanged`];
  return [...parts, ...(problems.length === 0 ? [] : ['some refused, see above'])].join(', ');
}
