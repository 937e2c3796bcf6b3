import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AlarmTopic } from '../constructs/alarm-topic.js';
import { Alarms } from '../constructs/alarms.js';
import { CallbackAnswers } from '../constructs/callback-answers.js';
import { PlatformDashboard } from '../constructs/platform-dashboard.js';
import type { Settings } from '../settings/schema.js';
import type { ApiStack } from './api-stack.js';

export interface WatchStackProps extends StackProps {
  readonly settings: Settings;
  readonly api: ApiStack;
}

/** What people look at and what calls them: a dashboard, and alarms by mail. */
export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, props: WatchStackProps) {
    super(scope, id, props);
    const { settings, api } = props;
    const { topic } = new AlarmTopic(this, 'Alarmed', { settings });
    const answers = new CallbackAnswers(this, 'CallbackAnswers', { settings, accessLog: api.frontDoor.accessLog });
    const alarms = new Alarms(this, 'Alarms', { settings, topic, api, answers });
    new PlatformDashboard(this, 'Platform', { settings, api, answers, alarms: alarms.all });
    new CfnOutput(this, 'AlarmTopic', { value: topic.topicArn, description: 'Topic of the alarms' });
  }
}
