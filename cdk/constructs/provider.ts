import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from '../nag.js';
import type { AlmanacFunction } from './almanac-function.js';

/** CDK's framework of custom resources around a Lambda of ours, with a role that may call it and write its log. */
export function createProvider(
  scope: Construct,
  id: string,
  { onEvent, logGroup }: { readonly onEvent: AlmanacFunction; readonly logGroup: ILogGroup },
): Provider {
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  acknowledgeWildcard(role, `${onEvent.lambda.functionArn}:*`, 'The framework calls every version of this one Lambda.');
  return new Provider(scope, id, { onEventHandler: onEvent.lambda, frameworkOnEventRole: role, logGroup });
}
