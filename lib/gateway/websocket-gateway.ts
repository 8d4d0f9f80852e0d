import { Stack, Validations } from 'aws-cdk-lib';
import {
  CfnIntegrationResponse,
  type IWebSocketApi,
  type IWebSocketStage,
  type ThrottleSettings,
  WebSocketApi,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration, WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IDependable } from 'constructs';
import { AccessLog, type AccessLogOptions } from './access-log';
import { apiNameOf } from './api-name';

/** Name of the stage: the path of its URL. */
export const STAGE_NAME = 'v1';

/** The functions behind the routes. */
export interface WebSocketRoutes {
  readonly authorizer: IFunction;
  readonly connect: IFunction;
  readonly disconnect: IFunction;
  readonly message: IFunction;
}

/** Props of {@link WebSocketGateway}. */
export interface WebSocketGatewayProps {
  /** Request limits of the stage. */
  readonly throttle: ThrottleSettings;
  /** Access log options of the stage. */
  readonly accessLogs: AccessLogOptions;
  /**
   * Name of the API.
   *
   * @default - a name that is unique among the backends of the app
   */
  readonly apiName?: string;
  /**
   * Created before the stage: the CloudWatch role of the account.
   *
   * @default - the stage has no such dependency
   */
  readonly stageDependency?: IDependable;
}

/**
 * The WebSocket API of a region. Routes are added after construction, because functions need the URL of the stage, and routes need the
 * functions.
 */
export class WebSocketGateway extends Construct {
  /** The API. Its default endpoint must stay enabled: `@connections` is reachable only there. */
  public readonly api: IWebSocketApi;
  /** The stage. */
  public readonly stage: IWebSocketStage;
  /** URL that functions post to connections with. */
  public readonly callbackUrl: string;
  /** ARN to allow `execute-api:ManageConnections` on: posts to the connections of this stage. */
  public readonly callbackArn: string;
  private readonly routableApi: WebSocketApi;

  public constructor(scope: Construct, id: string, props: WebSocketGatewayProps) {
    super(scope, id);
    this.routableApi = new WebSocketApi(this, 'Api', {
      apiName: props.apiName ?? apiNameOf(this),
      description: 'cdk-realtime: WebSocket connections',
      routeSelectionExpression: '$request.body.action',
    });
    this.api = this.routableApi;
    const log = new AccessLog(this, 'AccessLog', {
      ...props.accessLogs,
      variables: [
        'requestId',
        'connectionId',
        'eventType',
        'routeKey',
        'status',
        'requestTime',
        'messageId',
        'error.message',
        'integrationErrorMessage',
        'identity.sourceIp',
      ],
    });
    this.stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: STAGE_NAME,
      autoDeploy: true,
      throttle: props.throttle,
      detailedMetricsEnabled: true,
      accessLogSettings: log.settings,
    });
    if (props.stageDependency !== undefined) this.stage.node.addDependency(props.stageDependency);

    const stack = Stack.of(this);
    this.callbackUrl = `https://${this.api.apiId}.execute-api.${stack.region}.${stack.urlSuffix}/${STAGE_NAME}`;
    this.callbackArn = stack.formatArn({
      service: 'execute-api',
      resource: this.api.apiId,
      resourceName: `${STAGE_NAME}/POST/@connections/*`,
    });
  }

  /** Adds the routes. Each function handles one route, and so gets one permission. */
  public addRoutes(functions: WebSocketRoutes): void {
    this.routableApi.addRoute('$connect', {
      integration: new WebSocketLambdaIntegration('Connect', functions.connect),
      // Browsers can't set headers of a WebSocket request, except the subprotocols. Clients always offer ours.
      authorizer: new WebSocketLambdaAuthorizer('Authorizer', functions.authorizer, {
        identitySource: ['route.request.header.Sec-WebSocket-Protocol'],
      }),
    });
    const disconnect = this.routableApi.addRoute('$disconnect', {
      integration: new WebSocketLambdaIntegration('Disconnect', functions.disconnect),
    });
    const message = this.routableApi.addRoute('$default', {
      integration: new WebSocketLambdaIntegration('Message', functions.message),
      returnResponse: true,
    });
    const ping = this.addPing();
    for (const route of [disconnect, message, ping]) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'On a WebSocket API only $connect supports an authorizer; capabilities authorize every later frame',
      });
    }
  }

  /** Has API Gateway itself answer `ping`. No function runs, so a ping costs only two messages. */
  private addPing(): Construct {
    const route = this.routableApi.addRoute('ping', {
      integration: new WebSocketMockIntegration('Ping', {
        requestTemplates: { '200': '{"statusCode":200}' },
        templateSelectionExpression: '200',
      }),
      returnResponse: true,
    });
    // The L2 route creates the integration and does not expose its id, and there is no L2 for integration responses.
    const integrations = route.node.findAll().flatMap(({ node }) => node.tryFindChild('Ping') ?? []);
    const integration = integrations[0] as unknown as { readonly integrationId: string };
    new CfnIntegrationResponse(route, 'IntegrationResponse', {
      apiId: this.api.apiId,
      integrationId: integration.integrationId,
      integrationResponseKey: '$default',
      responseTemplates: { '200': '{"pong":true}' },
      templateSelectionExpression: '200',
    });
    return route;
  }
}
