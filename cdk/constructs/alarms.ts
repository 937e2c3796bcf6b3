import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import type { ApiStack } from '../stacks/api-stack.js';
import type { CallbackAnswers } from './callback-answers.js';
import { platformMetric } from './platform-metrics.js';

export interface AlarmsProps {
  readonly settings: Settings;
  readonly topic: ITopic;
  readonly api: ApiStack;
  readonly answers: CallbackAnswers;
}

interface AlarmSpec {
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Periods in a row; 1 unless said. */
  readonly periods?: number;
  readonly below?: boolean;
  /** That nothing is measured is a fault too: what measures has stopped. */
  readonly silenceIsFault?: boolean;
}

/** Each alarm says what happened and where to look; all go to one topic, and again when they are over. */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];

  constructor(scope: Construct, id: string, { settings, topic, api, answers }: AlarmsProps) {
    super(scope, id);
    const specs: Record<string, AlarmSpec> = {
      FailedRuns: {
        description: 'Runs failed or timed out: almanac runs --status failed',
        metric: new MathExpression({
          expression: 'failed + late',
          label: 'failed or timed out',
          period: Duration.minutes(5),
          usingMetrics: {
            failed: platformMetric(settings, 'RunsFailed'),
            late: platformMetric(settings, 'RunsTimedOut'),
          },
        }),
        threshold: 1,
      },
      BacklogAge: {
        description:
          'Tasks have waited for more than five minutes: the workers are too few, stopped, or of the wrong version',
        metric: platformMetric(settings, 'BacklogAge', { statistic: Stats.MAXIMUM }),
        threshold: 300,
        periods: 2,
      },
      MissedFires: {
        description: 'Fires of schedules became no run: almanac slots <id> says which and why',
        metric: new MathExpression({
          // A total since the schedules were made: it falls when one of them is deleted.
          expression: 'DIFF(FILL(missed, REPEAT))',
          label: 'missed fires',
          period: Duration.minutes(5),
          usingMetrics: { missed: platformMetric(settings, 'MissedFires', { statistic: Stats.MAXIMUM }) },
        }),
        threshold: 1,
      },
      CallbackErrors: {
        description:
          'Callbacks were answered with 5xx: see the log of the callbacks Lambda, and whether Temporal is up',
        metric: answers.metric('Broken'),
        threshold: 1,
      },
      ApiErrors: {
        description: 'The control Lambda fails: see its log',
        metric: api.control.lambda.metricErrors({ period: Duration.minutes(5) }),
        threshold: 1,
      },
      NoWorkers: {
        description:
          'Fewer workers run than worker.min says, or nothing looks after them: see the service in ECS and the log of the fleet Lambda',
        metric: platformMetric(settings, 'RunningTasks', { statistic: Stats.MAXIMUM }),
        threshold: settings.worker.min,
        periods: 2,
        below: true,
        silenceIsFault: true,
      },
    };
    for (const [name, spec] of Object.entries(specs)) this.all.push(this.#create(name, spec, settings, topic));
  }

  #create(name: string, spec: AlarmSpec, settings: Settings, topic: ITopic): Alarm {
    const alarm = new Alarm(this, name, {
      alarmName: `${prefixOf(settings)}-${name}`,
      alarmDescription: spec.description,
      metric: spec.metric,
      threshold: spec.threshold,
      evaluationPeriods: spec.periods ?? 1,
      comparisonOperator: spec.below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: spec.silenceIsFault ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    return alarm;
  }
}
