import { AlmanacError } from '../../src/domain/errors.js';
import { nearest } from '../../src/domain/nearest.js';
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
  'backfills',
  'alarms',
  'logs',
  'tags',
  'removal',
];

/**
 * What `-c` said, out of the whole context of the CDK app: `-c stage=prod`, `-c config=FILE` and `-c worker.max=20`. Other context,
 * such as CDK's own feature flags, is left alone, unless its name is a slip of one of ours.
 *
 * @throws AlmanacError invalid-input with every such slip
 */
export function contextChoice(context: Readonly<Record<string, unknown>>): { file: string; choice: SettingsChoice } {
  const text = (key: string): string | undefined => {
    const value = context[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const texts = Object.entries(context).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  refuseSlips(texts);
  const overrides = texts.filter(([key]) => topLevel.includes(firstOf(key)));
  return {
    file: text('config') ?? 'almanac.config.json',
    choice: { stage: text('stage'), overrides: Object.fromEntries(overrides) },
  };
}

function refuseSlips(texts: readonly [string, string][]): void {
  const known = [...topLevel, 'stage', 'config'];
  const details = texts.flatMap(([key, value]) => {
    const first = firstOf(key);
    // Names of others have a colon, a slash or a capital in them.
    if (known.includes(first) || !/^[a-z]+$/.test(first)) return [];
    const meant = nearest(first, known);
    if (meant === undefined) return [];
    return [{ path: key, message: `unknown with -c; did you mean "${meant}${key.slice(first.length)}"?`, value }];
  });
  if (details.length > 0) throw new AlmanacError('invalid-input', 'the context has unknown names', { details });
}

function firstOf(key: string): string {
  return key.split('.')[0] ?? '';
}
