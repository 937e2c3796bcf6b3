import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnMetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { metricNamespace, prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';

/** Answers to external systems, by the classes that ask for different things to be done. */
export const answerClasses = {
  Good: ['200'],
  Refused: ['400', '403', '404', '409', '410', '413', '415', '422'],
  Throttled: ['429'],
  Broken: ['500', '502', '503', '504'],
} as const;

export type AnswerClass = keyof typeof answerClasses;

/** Answers of the callbacks' routes, counted in the access log: API Gateway's own throttling shows nowhere else by route. */
export class CallbackAnswers extends Construct {
  readonly #settings: Settings;

  constructor(scope: Construct, id: string, { settings, accessLog }: { settings: Settings; accessLog: ILogGroup }) {
    super(scope, id);
    this.#settings = settings;
    for (const [name, codes] of Object.entries(answerClasses)) {
      const isOne = codes.map((code) => `$.status = "${code}"`).join(' || ');
      new CfnMetricFilter(this, name, {
        logGroupName: accessLog.logGroupName,
        filterPattern: `{ $.route = "*/v1/callbacks/*" && (${isOne}) }`,
        metricTransformations: [
          {
            metricNamespace,
            metricName: this.#metricName(name),
            metricValue: '1',
            defaultValue: 0,
            unit: 'Count',
          },
        ],
      });
    }
  }

  metric(name: AnswerClass, options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: metricNamespace,
      metricName: this.#metricName(name),
      statistic: Stats.SUM,
      period: Duration.minutes(5),
      label: `${name} (${answerClasses[name].join(', ')})`,
      ...options,
    });
  }

  /** A metric filter has a default value or dimensions, not both: the deployment is in the name. */
  #metricName(name: string): string {
    return `CallbackAnswers${name}/${prefixOf(this.#settings)}`;
  }
}
