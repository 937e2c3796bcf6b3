import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { loadScheduleSet } from '../../cdk/schedules/load-schedule-set.js';
import { installCfnLint, lintTemplates } from './support/cfn-lint.js';
import { type Mode, modes, settingsOf, synth } from './support/synth.js';

const everything = {
  buckets: [{ name: 'orders-raw', access: 'readWrite' }],
  mail: { from: 'almanac@example.com' },
  alarms: { email: 'ops@example.com' },
};

let cfnLint: string;

beforeAll(() => {
  cfnLint = installCfnLint();
}, 300_000);

it('cfn-lint finds nothing in the templates of any mode', async () => {
  const schedules = await loadScheduleSet('schedules');
  const files = (Object.keys(modes) as Mode[]).flatMap((mode) => {
    const { folder } = synth(settingsOf(mode, everything), { schedules });
    const names = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
    expect(names).toHaveLength(mode === 'self-hosted' ? 6 : 5);
    return names.map((name) => path.join(folder, name));
  });
  // CDK says twice that a Lambda comes after its role: by its reference and by DependsOn, which covers the role's policies.
  const faults = (await lintTemplates(cfnLint, files, 'eu-central-1')).filter(({ rule }) => rule !== 'W3005');
  expect(faults).toEqual([]);
}, 300_000);
