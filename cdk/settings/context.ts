import type { SettingsChoice } from './load.js';

/** Everything that has settings at its top level, as far as `-c` may change it. */
const topLevel = [
  'name',
  'region',
  'account',
  'schedules',
  'network',
  'temporal',
  'worker',
  'buckets',
  'mail',
  'http',
  'auth',
  'api',
  'alarms',
  'logs',
  'tags',
  'removal',
];

/**
 * What `-c` said, out of the whole context of the CDK app: `-c stage=prod`, `-c config=FILE` and `-c worker.max=20`. Other context,
 * such as CDK's own feature flags, is left alone.
 */
export function contextChoice(context: Readonly<Record<string, unknown>>): { file: string; choice: SettingsChoice } {
  const text = (key: string): string | undefined => {
    const value = context[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const overrides = Object.entries(context).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && topLevel.includes(entry[0].split('.')[0] ?? ''),
  );
  return {
    file: text('config') ?? 'almanac.config.json',
    choice: { stage: text('stage'), overrides: Object.fromEntries(overrides) },
  };
}
