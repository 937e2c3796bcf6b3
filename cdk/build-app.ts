import { type App, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { checkWithNag } from './nag.js';
import { prefixOf, stackName } from './names.js';
import type { Settings } from './settings/schema.js';
import { ApiStack } from './stacks/api-stack.js';
import { NetworkStack } from './stacks/network-stack.js';
import { WorkerStack } from './stacks/worker-stack.js';

export interface BuildOptions {
  /**
   * `emulator` is for tests that deploy to an emulated AWS, and for nothing else: it leaves out the stacks of what the emulator does
   * not know (network, containers, metrics). Temporal and a worker then run beside it.
   */
  readonly profile?: 'aws' | 'emulator';
}

export interface Stacks {
  readonly network: NetworkStack | undefined;
  readonly api: ApiStack;
  readonly worker: WorkerStack | undefined;
}

/** All stacks of one deployment, with the tags of the settings and the checks of cdk-nag. */
export function buildApp(app: App, settings: Settings, { profile = 'aws' }: BuildOptions = {}): Stacks {
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
  const api = new ApiStack(app, stackName(settings, 'Api'), {
    ...common('HTTP API, secrets and payloads'),
    vpc: network?.vpc,
  });
  const worker =
    network === undefined
      ? undefined
      : new WorkerStack(app, stackName(settings, 'Worker'), { ...common('workers'), vpc: network.vpc, api });
  tag(app, settings);
  return { network, api, worker };
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
