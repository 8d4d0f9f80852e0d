// Parts of the competitors' stacks. Functions have the memory and the timeout of ours, which are higher than in the samples, because the
// benches compare how they fan out.
import path from 'node:path';
import { type App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Dial } from '../rig/audience-messages';
import { bundle } from '../rig/bundle';
import { REGION, type Rig } from '../rig/cloud';

export class CompetitorStack extends Stack {
  private readonly code: Code;
  private readonly api: WebSocketApi;
  private readonly stage: WebSocketStage;

  /** @param handlers file of its handlers, in the folder of this file */
  public constructor(app: App, name: string, handlers: string, folder: string) {
    super(app, name, { env: { region: REGION } });
    const built = path.join(folder, name);
    bundle(path.join(__dirname, handlers), path.join(built, 'index.js'));
    this.code = Code.fromAsset(built);
    this.api = new WebSocketApi(this, 'Api', { routeSelectionExpression: '$request.body.action' });
    this.stage = new WebSocketStage(this, 'Stage', { webSocketApi: this.api, stageName: 'prod', autoDeploy: true });
    new CfnOutput(this, 'Url', { value: this.stage.url });
  }

  /** A table with string keys. */
  public table(id: string, partitionKey: string, sortKey?: string): Table {
    const key = (name: string): { name: string; type: AttributeType } => ({ name, type: AttributeType.STRING });
    return new Table(this, id, {
      partitionKey: key(partitionKey),
      sortKey: sortKey === undefined ? undefined : key(sortKey),
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** @param handler name of an export of the file of handlers */
  public function(handler: string, environment: Readonly<Record<string, string>>): LambdaFunction {
    return new LambdaFunction(this, handler, {
      code: this.code,
      handler: `index.${handler}`,
      runtime: Runtime.NODEJS_24_X,
      memorySize: 1_024,
      timeout: Duration.seconds(25),
      // The permissions of the samples are not measured.
      initialPolicy: [new PolicyStatement({ actions: ['*'], resources: ['*'] })],
      // The samples take the address from the event, which is not that of the local cloud.
      environment: { ...environment, AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: this.stage.callbackUrl },
    });
  }

  public route(key: string, target: LambdaFunction, returnResponse = false): void {
    this.api.addRoute(key, { integration: new WebSocketLambdaIntegration(key, target), returnResponse });
  }
}

/** How to connect to the API of a competitor. */
export function competitorDial(rig: Rig, stack: string, joins: readonly string[] = []): Promise<Dial> {
  return Promise.resolve({ url: rig.outputs(stack).Url ?? '', protocols: [], joins: [joins] });
}
