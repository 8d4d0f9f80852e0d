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

/** The stage's name; a part of every address. */
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
  /** Most requests of the stage. */
  readonly throttle: ThrottleSettings;
  /** How the stage logs. */
  readonly accessLogs: AccessLogOptions;
  /**
   * What the API is called.
   *
   * @default - a name that tells it from those of other backends
   */
  readonly apiName?: string;
  /**
   * What must be there before the stage: the account's CloudWatch role.
   *
   * @default - the stage waits for nothing
   */
  readonly stageDependency?: IDependable;
}

/**
 * The WebSocket API of one region. It is made in two steps, since functions need its address and routes need functions.
 */
export class WebSocketGateway extends Construct {
  /** The API; its default endpoint stays enabled, because `@connections` is reachable only there. */
  public readonly api: IWebSocketApi;
  /** The stage. */
  public readonly stage: IWebSocketStage;
  /** Where functions post to connections. */
  public readonly callbackUrl: string;
  /** What `execute-api:ManageConnections` has to be allowed on: posts to connections of this stage, nothing else. */
  public readonly callbackArn: string;
  private readonly routes: WebSocketApi;

  public constructor(scope: Construct, id: string, props: WebSocketGatewayProps) {
    super(scope, id);
    this.routes = new WebSocketApi(this, 'Api', {
      apiName: props.apiName ?? apiNameOf(this),
      description: 'cdk-realtime: WebSocket connections',
      routeSelectionExpression: '$request.body.action',
    });
    this.api = this.routes;
    const log = new AccessLog(this, 'AccessLog', {
      ...props.accessLogs,
      variables: [
        ...['requestId', 'connectionId', 'eventType', 'routeKey', 'status', 'requestTime', 'messageId'],
        ...['error.message', 'integrationErrorMessage', 'identity.sourceIp'],
      ],
    });
    this.stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: STAGE_NAME,
      autoDeploy: true,
      throttle: props.throttle,
      detailedMetricsEnabled: true,
      ...log.stageOptions,
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

  /** Adds the routes. Each function stands behind one route, so each gets one permission. */
  public addRoutes(functions: WebSocketRoutes): void {
    this.routes.addRoute('$connect', {
      integration: new WebSocketLambdaIntegration('Connect', functions.connect),
      // Browsers can't set headers on a WebSocket, but they can offer subprotocols; ours is always among them.
      authorizer: new WebSocketLambdaAuthorizer('Authorizer', functions.authorizer, {
        identitySource: ['route.request.header.Sec-WebSocket-Protocol'],
      }),
    });
    const disconnect = this.routes.addRoute('$disconnect', {
      integration: new WebSocketLambdaIntegration('Disconnect', functions.disconnect),
    });
    const message = this.routes.addRoute('$default', {
      integration: new WebSocketLambdaIntegration('Message', functions.message),
      returnResponse: true,
    });
    const ping = this.addPing();
    for (const route of [disconnect, message, ping]) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'Only $connect takes an authorizer on a WebSocket API; every later frame is authorized by its capabilities',
      });
    }
  }

  /** `ping` is answered by API Gateway itself: no function runs, so keeping a connection alive costs two messages. */
  private addPing(): Construct {
    const route = this.routes.addRoute('ping', {
      integration: new WebSocketMockIntegration('Ping', {
        requestTemplates: { '200': '{"statusCode":200}' },
        templateSelectionExpression: '200',
      }),
      returnResponse: true,
    });
    // The integration's id is known only to the route; the L2 has no integration response yet.
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
