import type { ConfigureVerb } from './cli.js';

export interface VerbEntry {
  name: string;
  group: string;
  summary: string;
  /** Which flags find the server: those of the API, also `--direct`, or none. */
  server: 'none' | 'api' | 'api-or-direct';
  /** Loads the verb's file, only when the verb is used: the command line starts fast. */
  load(): Promise<{ configure: ConfigureVerb }>;
}

const files = 'Schedule files:';
const schedules = 'Schedules:';
const runs = 'Runs:';
const callbacks = 'Callbacks:';
const platform = 'Platform:';

/** Every verb, in the order of the help. A new verb is one file under verbs/ and one entry here. */
export const verbs: readonly VerbEntry[] = [
  {
    name: 'validate',
    group: files,
    summary: 'check schedule files: every error of every file at once',
    server: 'none',
    load: () => import('./verbs/validate.js'),
  },
  {
    name: 'next',
    group: files,
    summary: 'show when a schedule file, or a stored schedule, fires next',
    server: 'api-or-direct',
    load: () => import('./verbs/next.js'),
  },
  {
    name: 'plan',
    group: files,
    summary: 'show what apply would do, with fire times gained and lost',
    server: 'api-or-direct',
    load: () => import('./verbs/plan.js'),
  },
  {
    name: 'apply',
    group: files,
    summary: 'make the server have the schedules that the files say',
    server: 'api-or-direct',
    load: () => import('./verbs/apply.js'),
  },
  {
    name: 'export',
    group: files,
    summary: 'write live schedules, ours or not, as schedule files',
    server: 'api-or-direct',
    load: () => import('./verbs/export.js'),
  },
  {
    name: 'list',
    group: schedules,
    summary: 'list schedules',
    server: 'api-or-direct',
    load: () => import('./verbs/list.js'),
  },
  {
    name: 'describe',
    group: schedules,
    summary: 'show one schedule: when it fires, what it does, its latest runs',
    server: 'api-or-direct',
    load: () => import('./verbs/describe.js'),
  },
  {
    name: 'pause',
    group: schedules,
    summary: 'stop schedules from firing',
    server: 'api-or-direct',
    load: () => import('./verbs/pause.js'),
  },
  {
    name: 'unpause',
    group: schedules,
    summary: 'let schedules fire again',
    server: 'api-or-direct',
    load: () => import('./verbs/unpause.js'),
  },
  {
    name: 'trigger',
    group: schedules,
    summary: 'start a run now',
    server: 'api-or-direct',
    load: () => import('./verbs/trigger.js'),
  },
  {
    name: 'backfill',
    group: schedules,
    summary: 'run past fire times of a schedule, a few at a time',
    server: 'api-or-direct',
    load: () => import('./verbs/backfill.js'),
  },
  {
    name: 'backfills',
    group: schedules,
    summary: 'list, show, pause, resume or cancel backfills',
    server: 'api-or-direct',
    load: () => import('./verbs/backfills.js'),
  },
  {
    name: 'delete',
    group: schedules,
    summary: 'delete a schedule; its runs stay',
    server: 'api-or-direct',
    load: () => import('./verbs/delete.js'),
  },
  {
    name: 'slots',
    group: schedules,
    summary: 'show what became of each expected fire of a schedule, and why',
    server: 'api-or-direct',
    load: () => import('./verbs/slots.js'),
  },
  {
    name: 'runs',
    group: runs,
    summary: 'list runs, the latest first',
    server: 'api-or-direct',
    load: () => import('./verbs/runs.js'),
  },
  {
    name: 'run',
    group: runs,
    summary: 'show one run with its steps; --follow watches it to the end',
    server: 'api-or-direct',
    load: () => import('./verbs/run.js'),
  },
  {
    name: 'cancel',
    group: runs,
    summary: 'ask a run to stop: its steps clean up first',
    server: 'api-or-direct',
    load: () => import('./verbs/cancel.js'),
  },
  {
    name: 'terminate',
    group: runs,
    summary: 'end a run at once: nothing cleans up',
    server: 'api-or-direct',
    load: () => import('./verbs/terminate.js'),
  },
  {
    name: 'callbacks',
    group: callbacks,
    summary: 'list the callbacks that runs wait for',
    server: 'api-or-direct',
    load: () => import('./verbs/callbacks.js'),
  },
  {
    name: 'links',
    group: callbacks,
    summary: 'make new callback links for a step that waits',
    server: 'api',
    load: () => import('./verbs/links.js'),
  },
  {
    name: 'complete',
    group: callbacks,
    summary: 'complete a callback, as the external system would',
    server: 'api',
    load: () => import('./verbs/complete.js'),
  },
  {
    name: 'fail',
    group: callbacks,
    summary: 'fail a callback, as the external system would',
    server: 'api',
    load: () => import('./verbs/fail.js'),
  },
  {
    name: 'keys',
    group: platform,
    summary: 'list or rotate the keys of callback tokens',
    server: 'none',
    load: () => import('./verbs/keys.js'),
  },
  {
    name: 'dev',
    group: platform,
    summary: 'the whole platform here (npm start does this)',
    server: 'none',
    load: () => import('./verbs/dev.js'),
  },
  {
    name: 'help',
    group: platform,
    summary: 'explain a verb',
    server: 'none',
    load: () => import('./verbs/help.js'),
  },
];
