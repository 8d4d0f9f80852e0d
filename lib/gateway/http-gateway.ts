import { Validations } from 'aws-cdk-lib';
import {
  type CfnRoute,
  type CfnStage,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  type IHttpApi,
  type IHttpStage,
  type ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { EVACUATED_PATH, HEALTH_PATH, PUBLISH_PATH } from '../contract/http-routes';
import { AccessLog, type AccessLogOptions } from './access-log';
import { apiNameOf } from './api-name';

/** What servers publish with. */
export const PUBLISH_ROUTE = { method: HttpMethod.POST, path: PUBLISH_PATH } as const;

/** Props of {@link HttpGateway}. */
export interface HttpGatewayProps {
  /** Answers `POST /v1/channels/{channel}/messages`. */
  readonly publish: IFunction;
  /** Answers `GET /health`, and `GET /evacuated/{region}`. */
  readonly health: IFunction;
  /** Whether it tells which of the other regions are evacuated. */
  readonly hasPeers: boolean;
  /**
   * What the API is called.
   *
   * @default - a name that tells it from those of other backends
   */
  readonly apiName?: string;
  /** Most requests of the stage. */
  readonly throttle: ThrottleSettings;
  /** How the stage logs. */
  readonly accessLogs: AccessLogOptions;
  /** Whether publishes are counted by themselves, which CloudWatch bills: the stage's own metrics are full of health checks. */
  readonly countsPublishes: boolean;
}

/** The HTTP API of one region: publishing for servers, and health for Route 53. */
export class HttpGateway extends Construct {
  /** The API. */
  public readonly api: IHttpApi;
  /** Its only stage, `$default`. */
  public readonly stage: IHttpStage;

  public constructor(scope: Construct, id: string, props: HttpGatewayProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', {
      apiName: props.apiName ?? apiNameOf(this),
      description: 'cdk-realtime: HTTP',
      createDefaultStage: false,
    });
    this.api = api;
    const log = new AccessLog(this, 'AccessLog', {
      ...props.accessLogs,
      variables: [
        ...['requestId', 'httpMethod', 'path', 'routeKey', 'status', 'requestTime', 'responseLatency'],
        ...['error.message', 'integrationErrorMessage', 'identity.sourceIp'],
      ],
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: props.throttle,
      ...log.stageOptions,
    });
    this.stage = stage;
    const [publish] = api.addRoutes({
      path: PUBLISH_ROUTE.path,
      methods: [PUBLISH_ROUTE.method],
      integration: new HttpLambdaIntegration('Publish', props.publish),
    });
    const paths = [HEALTH_PATH, ...(props.hasPeers ? [EVACUATED_PATH] : [])];
    const integration = new HttpLambdaIntegration('Health', props.health);
    const health = paths.flatMap((route) => api.addRoutes({ path: route, methods: [HttpMethod.GET], integration }));
    acknowledgeOpenRoute(
      publish,
      'The function verifies the bearer token itself, so that a refusal carries its error code',
    );
    for (const route of health) {
      acknowledgeOpenRoute(
        route,
        'Health checkers carry no token; the answer tells nothing but whether the region serves',
      );
    }
    if (props.countsPublishes && publish !== undefined) countRoute(stage, publish, props.throttle);
  }
}

/** Has API Gateway count a route by itself: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
function countRoute(stage: HttpStage, route: HttpRoute, { rateLimit, burstLimit }: ThrottleSettings): void {
  const resource = stage.node.defaultChild as CfnStage;
  resource.routeSettings = {
    // Settings of a route replace those of the stage: the throttle has to be said again.
    [`${PUBLISH_ROUTE.method} ${PUBLISH_ROUTE.path}`]: {
      DetailedMetricsEnabled: true,
      ThrottlingRateLimit: rateLimit,
      ThrottlingBurstLimit: burstLimit,
    },
  };
  // API Gateway refuses settings of a route that is not there yet.
  resource.addResourceDependency(route.node.defaultChild as CfnRoute);
}

function acknowledgeOpenRoute(route: Construct | undefined, reason: string): void {
  if (route !== undefined) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
}
