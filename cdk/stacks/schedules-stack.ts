import { Annotations, CfnOutput, CustomResource, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { AlmanacFunction } from '../constructs/almanac-function.js';
import { createLogGroup } from '../constructs/log-group.js';
import { createProvider } from '../constructs/provider.js';
import { allowTemporal, temporalLambdaEnvironment, vpcFor } from '../constructs/temporal-access.js';
import { acknowledgeWildcard } from '../nag.js';
import { prefixOf } from '../names.js';
import type { LoadedSchedules } from '../schedules/load-schedule-set.js';
import { createScheduleSetAsset, setExtension } from '../schedules/schedule-set-asset.js';
import type { Settings } from '../settings/schema.js';
import type { ApiStack } from './api-stack.js';

export interface SchedulesStackProps extends StackProps {
  readonly settings: Settings;
  readonly schedules: LoadedSchedules;
  /** Temporal and the bucket of large payloads are those of the API. */
  readonly api: ApiStack;
  /** For a Temporal inside of it. */
  readonly vpc?: IVpc | undefined;
}

/**
 * The schedules of the repository, applied by a custom resource at each deploy that changes them. Deploy it after the workers: a
 * schedule may fire as soon as it is there. When the stack goes, so do the schedules that it made, whatever `removal` says, which is
 * about data: schedules that stay would start runs that nobody does.
 */
export class SchedulesStack extends Stack {
  readonly function: AlmanacFunction;

  constructor(scope: Construct, id: string, props: SchedulesStackProps) {
    super(scope, id, props);
    const { settings, schedules, api, vpc } = props;
    const { temporal } = api;
    for (const { file, line, column, path, message } of schedules.warnings) {
      const place = [file, line, column].filter((part) => part !== undefined).join(':');
      Annotations.of(this).addWarningV2(`almanac:${place}`, `${place} ${path} ${message}`);
    }
    const { asset, digest } = createScheduleSetAsset(this, 'Set', schedules.set);
    this.function = new AlmanacFunction(this, 'Deploy', {
      settings,
      bundle: 'schedules',
      description: 'Plans and applies the schedules of a deploy',
      environment: {
        ...temporalLambdaEnvironment(temporal),
        ALMANAC_TASK_QUEUE: settings.worker.taskQueue,
        ALMANAC_PAYLOAD_BUCKET: api.payloads.bucket.bucketName,
        ALMANAC_LOG_LEVEL: settings.logs.level,
      },
      // Lambda's longest: a thousand schedules take some minutes on a namespace with tight limits.
      timeout: Duration.minutes(15),
      memorySize: 1024,
      vpc: vpcFor(temporal, vpc),
    });
    allowTemporal(this.function, temporal, 'schedules');
    api.payloads.grantUse(this.function.role);
    const sets = asset.bucket.arnForObjects(`*${setExtension}`);
    this.function.role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [sets] }));
    acknowledgeWildcard(
      this.function.role,
      sets,
      'A rollback reads the set of the deploy before, whose key this template does not know.',
    );
    const provider = createProvider(this, 'Provider', {
      onEvent: this.function,
      logGroup: createLogGroup(this, 'ProviderLog', settings, 'lambda/schedules-provider'),
    });
    const applied = new CustomResource(this, 'Schedules', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::AlmanacSchedules',
      properties: {
        bucket: asset.s3BucketName,
        key: asset.s3ObjectKey,
        digest,
        owner: prefixOf(settings),
        temporal: `${temporal.address}/${temporal.namespace}`,
      },
    });
    // Without its permissions the Lambda can neither apply nor, in the end, remove.
    applied.node.addDependency(this.function.role);
    this.addStackDependency(api, 'secrets and payloads');

    new CfnOutput(this, 'Summary', { value: applied.getAttString('Summary'), description: 'Of the last change' });
    new CfnOutput(this, 'Changes', { value: applied.getAttString('Changes'), description: 'Of the last change' });
  }
}
