import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Settings } from '../settings/schema.js';

/** A log group `/<name>/<stage>/<what>` that is kept as long as the settings say. RetentionDays is named by its days. */
export function createLogGroup(scope: Construct, id: string, settings: Settings, what: string): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName: `/${settings.name}/${settings.stage}/${what}`,
    retention: retentionOf(settings.logs.days),
    removalPolicy: removalOf(settings),
  });
}

function retentionOf(days: number): RetentionDays {
  const retention = Object.values(RetentionDays).find((value) => value === days);
  if (typeof retention !== 'number') throw new RangeError(`CloudWatch keeps no logs for ${days} days`);
  return retention;
}

/** What becomes of data when its stack goes. */
export function removalOf({ removal }: Pick<Settings, 'removal'>): RemovalPolicy {
  return removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
}
