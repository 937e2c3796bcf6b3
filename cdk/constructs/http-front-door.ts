import { CfnStage, HttpApi, HttpMethod, HttpNoneAuthorizer, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../nag.js';
import { prefixOf } from '../names.js';
import type { Settings } from '../settings/schema.js';
import { createLogGroup } from './log-group.js';

/** What goes to the callbacks' Lambda. The list `GET /v1/callbacks` needs a key, and is not among them. */
export const callbackRoutes = ['/v1/callbacks/{token}', '/v1/callbacks/{token}/{operation}'] as const;

/**
 * A line of the access log. Neither the path nor the query is in it: that of a callback holds its token. The route, such as
 * `POST /v1/callbacks/{token}/{operation}`, says enough; the Lambdas log what they did, with the id of the token.
 */
const accessLogFormat = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  status: '$context.status',
  ms: '$context.responseLatency',
  integrationMs: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
  bytes: '$context.responseLength',
});

/** The HTTP API: routes to the two Lambdas, a throttle for each, an access log without secrets. */
export class HttpFrontDoor extends Construct {
  readonly api: HttpApi;
  readonly accessLog: LogGroup;
  readonly #settings: Settings;
  readonly #stage: HttpStage;

  constructor(scope: Construct, id: string, { settings }: { settings: Settings }) {
    super(scope, id);
    this.#settings = settings;
    this.api = new HttpApi(this, 'Api', {
      apiName: prefixOf(settings),
      description: 'Almanac',
      createDefaultStage: false,
    });
    this.accessLog = createLogGroup(this, 'AccessLog', settings, 'api/access');
    this.#stage = new HttpStage(this, 'Stage', { httpApi: this.api, stageName: '$default', autoDeploy: true });
    acknowledge(
      this.api,
      'AwsSolutions-APIG4',
      'The Lambdas check API keys and JWTs per role themselves, as they do on a laptop; callbacks carry a sealed token, and /health and /openapi.json are public.',
    );
  }

  /** Without a slash at the end. */
  get url(): string {
    return this.api.apiEndpoint;
  }

  route(control: IFunction, callbacks: IFunction): void {
    const authorizer = new HttpNoneAuthorizer();
    const toControl = new HttpLambdaIntegration('Control', control);
    const toCallbacks = new HttpLambdaIntegration('Callbacks', callbacks);
    const routes = [
      ...this.api.addRoutes({ path: '/{proxy+}', methods: [HttpMethod.ANY], integration: toControl, authorizer }),
      ...this.api.addRoutes({ path: '/', methods: [HttpMethod.ANY], integration: toControl, authorizer }),
      ...callbackRoutes.flatMap((path) =>
        this.api.addRoutes({ path, methods: [HttpMethod.ANY], integration: toCallbacks, authorizer }),
      ),
    ];
    const stage = this.#stage.node.defaultChild;
    if (!(stage instanceof CfnStage)) throw new TypeError('the stage of an HTTP API has no CfnStage');
    const limits = this.#settings.api;
    const limit = ({ rate, burst }: { rate: number; burst: number }) => ({
      throttlingRateLimit: rate,
      throttlingBurstLimit: burst,
    });
    stage.accessLogSettings = { destinationArn: this.accessLog.logGroupArn, format: accessLogFormat };
    stage.defaultRouteSettings = limit(limits.control);
    // Untyped in CloudFormation, so that the names are those of its documentation.
    stage.routeSettings = Object.fromEntries(
      callbackRoutes.map((path) => [
        `ANY ${path}`,
        { ThrottlingRateLimit: limits.callbacks.rate, ThrottlingBurstLimit: limits.callbacks.burst },
      ]),
    );
    // The settings of a route are refused while there is no such route.
    for (const route of routes) stage.node.addDependency(route);
  }
}
