import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';

/** Where alarms go: a topic over TLS and encrypted, with a key that CloudWatch may use, as it may not with that of SNS itself. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { settings }: { settings: Settings }) {
    super(scope, id);
    const key = new Key(this, 'Key', { description: 'Alarms of Almanac', enableKeyRotation: true });
    key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // Of a key's own policy: the key itself.
        resources: ['*'],
      }),
    );
    this.topic = new Topic(this, 'Topic', {
      topicName: `${prefixOf(settings)}-alarms`,
      masterKey: key,
      enforceSSL: true,
    });
    const { email } = settings.alarms;
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }
}
