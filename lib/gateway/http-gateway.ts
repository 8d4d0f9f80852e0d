import { Validations } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, type ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type AccessLogOptions, accessLog } from './access-log';

/** Props of {@link HttpGateway}. */
export interface HttpGatewayProps {
  readonly publish: IFunction;
  readonly health: IFunction;
  readonly throttle: ThrottleSettings;
  readonly accessLogs: AccessLogOptions;
}

/** The HTTP API of one region: publishing for servers, and health for Route 53. */
export class HttpGateway extends Construct {
  /** The API. */
  public readonly api: HttpApi;
  /** Its only stage, `$default`. */
  public readonly stage: HttpStage;

  public constructor(scope: Construct, id: string, props: HttpGatewayProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', { description: 'cdk-realtime: HTTP', createDefaultStage: false });
    const accessLogSettings = accessLog(this, props.accessLogs, [
      ...['requestId', 'httpMethod', 'path', 'routeKey', 'status', 'requestTime', 'responseLatency'],
      ...['error.message', 'integrationErrorMessage', 'identity.sourceIp'],
    ]);
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: props.throttle,
      ...(accessLogSettings === undefined ? {} : { accessLogSettings }),
    });
    const [publish] = this.api.addRoutes({
      path: '/v1/channels/{channel}/messages',
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration('Publish', props.publish),
    });
    const [health] = this.api.addRoutes({
      path: '/health',
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('Health', props.health),
    });
    acknowledgeOpenRoute(
      publish,
      'The function verifies the bearer token itself, so that a refusal carries its error code',
    );
    acknowledgeOpenRoute(
      health,
      'Health checkers carry no token; the answer tells nothing but whether the region serves',
    );
  }
}

function acknowledgeOpenRoute(route: Construct | undefined, reason: string): void {
  if (route !== undefined) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
}
