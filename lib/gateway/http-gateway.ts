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

/** Route that servers publish to. */
export const PUBLISH_ROUTE = { method: HttpMethod.POST, path: PUBLISH_PATH } as const;

/** Props of {@link HttpGateway}. */
export interface HttpGatewayProps {
  /** Handles `POST /v1/channels/{channel}/messages`. */
  readonly publish: IFunction;
  /** Handles `GET /health`, and `GET /evacuated/{region}`. */
  readonly health: IFunction;
  /** Whether there are other regions, whose evacuation this region reports. */
  readonly hasPeers: boolean;
  /**
   * Name of the API.
   *
   * @default - a name that is unique among the backends of the app
   */
  readonly apiName?: string;
  /** Request limits of the stage. */
  readonly throttle: ThrottleSettings;
  /** Access log options of the stage. */
  readonly accessLogs: AccessLogOptions;
  /** Whether the publish route has detailed metrics, which CloudWatch bills. The metrics of the stage count mostly health checks. */
  readonly hasPublishMetrics: boolean;
}

/** The HTTP API of a region: servers publish to it, and Route 53 checks its health. */
export class HttpGateway extends Construct {
  /** The API. */
  public readonly api: IHttpApi;
  /** The only stage, `$default`. */
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
        'requestId',
        'httpMethod',
        'path',
        'routeKey',
        'status',
        'requestTime',
        'responseLatency',
        'error.message',
        'integrationErrorMessage',
        'identity.sourceIp',
      ],
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: log.settings,
    });
    this.stage = stage;
    const [publish] = api.addRoutes({
      path: PUBLISH_ROUTE.path,
      methods: [PUBLISH_ROUTE.method],
      integration: new HttpLambdaIntegration('Publish', props.publish),
    });
    acknowledgeOpenRoute(
      publish,
      'The function verifies the bearer token itself, so that a rejection has an error code',
    );
    const integration = new HttpLambdaIntegration('Health', props.health);
    for (const path of props.hasPeers ? [HEALTH_PATH, EVACUATED_PATH] : [HEALTH_PATH]) {
      const [route] = api.addRoutes({ path, methods: [HttpMethod.GET], integration });
      acknowledgeOpenRoute(route, 'Health checkers send no token; the answer says only whether the region serves');
    }
    if (props.hasPublishMetrics && publish !== undefined) addDetailedMetrics(stage, publish, props.throttle);
  }
}

/** Turns on detailed metrics of a route: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
function addDetailedMetrics(stage: HttpStage, route: HttpRoute, { rateLimit, burstLimit }: ThrottleSettings): void {
  const resource = stage.node.defaultChild as CfnStage;
  resource.routeSettings = {
    // Settings of a route replace those of the stage, so they repeat the throttle.
    [`${PUBLISH_ROUTE.method} ${PUBLISH_ROUTE.path}`]: {
      DetailedMetricsEnabled: true,
      ThrottlingRateLimit: rateLimit,
      ThrottlingBurstLimit: burstLimit,
    },
  };
  // API Gateway rejects settings of a route that does not exist yet.
  resource.addResourceDependency(route.node.defaultChild as CfnRoute);
}

function acknowledgeOpenRoute(route: Construct | undefined, reason: string): void {
  if (route !== undefined) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
}
