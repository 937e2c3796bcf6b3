import { type App, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { checkWithNag } from './nag.js';
import { prefixOf, stackName } from './names.js';
import type { LoadedSchedules } from './schedules/load-schedule-set.js';
import type { Settings } from './settings/schema.js';
import { ApiStack } from './stacks/api-stack.js';
import { NetworkStack } from './stacks/network-stack.js';
import { SchedulesStack } from './stacks/schedules-stack.js';
import { TemporalStack } from './stacks/temporal-stack.js';
import { WatchStack } from './stacks/watch-stack.js';
import { WorkerStack } from './stacks/worker-stack.js';

export interface BuildOptions {
  /**
   * `emulator` is for tests that deploy to an emulated AWS, and for nothing else: it leaves out the stacks of what the emulator does
   * not know (network, containers, metrics). Temporal and a worker then run beside it.
   */
  readonly profile?: 'aws' | 'emulator';
  /** Left out, there is no stack of schedules. */
  readonly schedules?: LoadedSchedules | undefined;
}

export interface Stacks {
  readonly network: NetworkStack | undefined;
  readonly temporal: TemporalStack | undefined;
  readonly api: ApiStack;
  readonly worker: WorkerStack | undefined;
  readonly schedules: SchedulesStack | undefined;
  readonly watch: WatchStack | undefined;
}

/** All stacks of one deployment, with the tags of the settings and the checks of cdk-nag. */
export function buildApp(
  app: App,
  settings: Settings,
  { profile = 'aws', schedules: loaded }: BuildOptions = {},
): Stacks {
  const common = (description: string): StackProps & { settings: Settings } => ({
    settings,
    description: `Almanac: ${description}`,
    env: { region: settings.region, ...accountOf(settings) },
  });
  checkWithNag(app);
  const network =
    profile === 'emulator'
      ? undefined
      : new NetworkStack(app, stackName(settings, 'Network'), common('network of the workers'));
  const temporal =
    network === undefined || settings.temporal.mode !== 'self-hosted'
      ? undefined
      : new TemporalStack(app, stackName(settings, 'Temporal'), { ...common('Temporal cluster'), vpc: network.vpc });
  const api = new ApiStack(app, stackName(settings, 'Api'), {
    ...common('HTTP API, secrets and payloads'),
    temporal: temporal?.target,
    vpc: network?.vpc,
  });
  const worker =
    network === undefined
      ? undefined
      : new WorkerStack(app, stackName(settings, 'Worker'), { ...common('workers'), vpc: network.vpc, api });
  const schedules =
    loaded &&
    new SchedulesStack(app, stackName(settings, 'Schedules'), {
      ...common('schedules'),
      schedules: loaded,
      api,
      vpc: network?.vpc,
    });
  // Whoever runs them is there before them, and goes after them.
  if (worker !== undefined) schedules?.addStackDependency(worker, 'workers of this version');
  const watch =
    worker === undefined
      ? undefined
      : new WatchStack(app, stackName(settings, 'Watch'), { ...common('dashboard and alarms'), api });
  tag(app, settings);
  return { network, temporal, api, worker, schedules, watch };
}

/** Without one in the settings, that of the credentials in use; without any, the templates suit every account. */
function accountOf({ account }: Settings): { account?: string } {
  const known = account ?? process.env.CDK_DEFAULT_ACCOUNT;
  return known === undefined ? {} : { account: known };
}

function tag(app: App, settings: Settings): void {
  for (const stack of app.node.children.filter(Stack.isStack)) {
    Tags.of(stack).add('almanac', prefixOf(settings));
    for (const [name, value] of Object.entries(settings.tags)) Tags.of(stack).add(name, value);
  }
}
