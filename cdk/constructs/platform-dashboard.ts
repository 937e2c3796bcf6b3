import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  PeriodOverride,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import type { ApiStack } from '../stacks/api-stack.js';
import { type AnswerClass, answerClasses, type CallbackAnswers } from './callback-answers.js';
import { platformMetric } from './platform-metrics.js';

export interface PlatformDashboardProps {
  readonly settings: Settings;
  readonly api: ApiStack;
  readonly answers: CallbackAnswers;
  readonly alarms: readonly Alarm[];
}

/** One page: alarms, runs, waiting, workers, callbacks, and what the bill is made of. */
export class PlatformDashboard extends Construct {
  constructor(scope: Construct, id: string, { settings, api, answers, alarms }: PlatformDashboardProps) {
    super(scope, id);
    const metric = (name: Parameters<typeof platformMetric>[1], statistic: string = Stats.SUM): Metric =>
      platformMetric(settings, name, { statistic });
    const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
      new GraphWidget({ title, left, right, width: 12, height: 6, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
    const percentile = (name: Parameters<typeof platformMetric>[1], statistic: string): Metric =>
      platformMetric(settings, name, { statistic, label: `${name} ${statistic}` });
    const lambdas = [api.control, api.callbacks].map(({ lambda }) => lambda);
    new Dashboard(this, 'Dashboard', {
      dashboardName: prefixOf(settings),
      defaultInterval: Duration.days(1),
      periodOverride: PeriodOverride.AUTO,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 3 })],
        [
          graph('Runs that ended', [metric('RunsCompleted')], [metric('RunsFailed'), metric('RunsTimedOut')]),
          graph(
            'Fires that became no run',
            [metric('MissedFires', Stats.MAXIMUM)],
            [metric('RunsOpen', Stats.MAXIMUM)],
          ),
        ],
        [
          graph('Backlog', [metric('Backlog', Stats.MAXIMUM)], [metric('BacklogAge', Stats.MAXIMUM)]),
          graph('Schedule to start, ms', [
            percentile('ActivityScheduleToStart', Stats.percentile(50)),
            percentile('ActivityScheduleToStart', Stats.percentile(99)),
            percentile('WorkflowTaskScheduleToStart', Stats.percentile(99)),
          ]),
        ],
        [
          graph('Workers', [metric('RunningTasks', Stats.MAXIMUM)], [metric('BacklogPerTask', Stats.MAXIMUM)]),
          graph(
            'Failed attempts',
            [metric('AttemptsFailed'), metric('WorkflowTasksFailed')],
            [metric('RequestsFailed')],
          ),
        ],
        [
          graph(
            'Answers to callbacks',
            classNames.map((name) => answers.metric(name)),
          ),
          graph(
            'Lambdas',
            lambdas.map((each) => each.metricInvocations()),
            lambdas.map((each) => each.metricDuration({ statistic: Stats.percentile(99) })),
          ),
        ],
        [
          graph('Cost: hours of tasks', [
            platformMetric(settings, 'RunningTasks', {
              statistic: Stats.AVERAGE,
              period: Duration.hours(1),
              label: 'task hours',
            }),
          ]),
          graph('Cost: API requests and log bytes', [requests(api)], [logBytes(api)]),
        ],
      ],
    });
  }
}

const classNames = Object.keys(answerClasses).filter((name): name is AnswerClass => Object.hasOwn(answerClasses, name));

function requests({ frontDoor }: ApiStack): Metric {
  return new Metric({
    namespace: 'AWS/ApiGateway',
    metricName: 'Count',
    dimensionsMap: { ApiId: frontDoor.api.apiId },
    statistic: Stats.SUM,
    period: Duration.hours(1),
    label: 'requests',
  });
}

function logBytes({ frontDoor }: ApiStack): Metric {
  return new Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: frontDoor.accessLog.logGroupName },
    statistic: Stats.SUM,
    period: Duration.hours(1),
    label: 'bytes of the access log',
  });
}
