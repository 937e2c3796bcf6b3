import { App, type AppProps } from 'aws-cdk-lib';

/** A CDK app with the choices that CDK leaves to its context; the entry point and the tests start from the same. */
export function createApp(props: AppProps = {}): App {
  return new App({
    ...props,
    context: {
      // A stack that others refer to can't drop what they use.
      '@aws-cdk/core:defaultCrossStackReferences': 'strong',
      '@aws-cdk/aws-iam:minimizePolicies': true,
      '@aws-cdk/core:checkSecretUsage': true,
      '@aws-cdk/aws-ec2:restrictDefaultSecurityGroup': true,
      '@aws-cdk/aws-ecs:disableExplicitDeploymentControllerForCircuitBreaker': true,
      '@aws-cdk/customresources:installLatestAwsSdkDefault': false,
      ...props.context,
    },
  });
}
