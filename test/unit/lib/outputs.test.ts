import { App, CfnOutput, Duration, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Alarm, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Namespace, RealtimeApi, RealtimeAuth } from '../../../lib';
import { readable, realtimeStack, realtimeTemplate, withoutHash } from '../../support/templates/templates';

const namespaces = [Namespace.durable('chat')];
const PUBLISH_ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:publish';

function backend(stack: Stack): LambdaFunction {
  return new LambdaFunction(stack, 'Backend', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = () => {};'),
  });
}

/** Permissions in the policies of a stack's own functions. */
function granted(template: Template): unknown[] {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.map(({ Effect, Action, Resource }: any) => [
      Effect,
      Action,
      [Resource].flat().map(readable),
    ]),
  );
}

/** A stack's outputs, as readable text. */
function outputs(template: Template): Record<string, string> {
  return Object.fromEntries(
    Object.entries(template.toJSON().Outputs as Record<string, any>).map(([id, { Value }]) => [id, readable(Value)]),
  );
}

describe('RealtimeApiGrants.publish', () => {
  test('given a function of the stack, then it can invoke only the publish function', () => {
    const { stack, realtime, template } = realtimeStack();

    realtime.grants.publish(backend(stack)).assertSuccess();

    const arn = '${RealtimeFunctionsPublish.Arn}';
    expect(granted(template())).toEqual([['Allow', 'lambda:InvokeFunction', [arn, `${arn}:*`]]]);
  });

  test('given a role, then it can invoke the publish function', () => {
    const { stack, realtime, template } = realtimeStack();
    const role = new Role(stack, 'Job', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });

    realtime.grants.publish(role).assertSuccess();

    expect(granted(template())).toHaveLength(1);
  });

  test('given a function of another stack, then it can invoke the publish function', () => {
    const { app, realtime } = realtimeStack();
    const other = new Stack(app, 'Other', { env: { region: 'eu-west-1' } });

    realtime.grants.publish(backend(other)).assertSuccess();

    const [[effect, action, on] = []] = granted(Template.fromStack(other)) as [string, string, string[]][];
    expect([effect, action]).toEqual(['Allow', 'lambda:InvokeFunction']);
    expect(on?.[0]).toContain('Fn::ImportValue');
  });
});

describe('fromRealtimeApiAttributes', () => {
  const attributes = { webSocketUrl: 'wss://a/v1', httpUrl: 'https://b', publishFunctionArn: PUBLISH_ARN };

  test('given all attributes, then they can be read, and publishing can be granted repeatedly', () => {
    // GIVEN
    const stack = new Stack(new App(), 'Test');
    const imported = RealtimeApi.fromRealtimeApiAttributes(stack, 'Realtime', attributes);

    // WHEN
    const { webSocketUrl, httpUrl } = imported;
    imported.grants.publish(backend(stack)).assertSuccess();
    imported.grants.publish(new Role(stack, 'Job', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));

    // THEN
    expect({ webSocketUrl, httpUrl }).toEqual({ webSocketUrl: 'wss://a/v1', httpUrl: 'https://b' });
    const right = ['Allow', 'lambda:InvokeFunction', [PUBLISH_ARN, `${PUBLISH_ARN}:*`]];
    expect(granted(Template.fromStack(stack))).toEqual([right, right]);
  });

  test('when a backend is imported, then no resources are created', () => {
    const stack = new Stack(new App(), 'Test');
    expect(RealtimeApi.fromRealtimeApiAttributes(stack, 'Realtime', attributes).grants).toBeDefined();
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test.each([
    ['httpUrl', 'httpUrl'],
    ['grants', 'publishFunctionArn'],
  ] as const)('%s fails by name without %s', (used, missing) => {
    const stack = new Stack(new App(), 'Test');
    const imported = RealtimeApi.fromRealtimeApiAttributes(stack, 'Realtime', { webSocketUrl: 'wss://a/v1' });

    expect(() => imported[used]).toThrow(
      `61000 prop_invalid at Test/Realtime: \`${missing}\` must be passed to fromRealtimeApiAttributes before it is used, ` +
        "got: undefined. Take it from the backend's stack.",
    );
  });

  test('given a backend, then it has every attribute that an import takes', () => {
    const { app, realtime } = realtimeStack();
    const other = new Stack(app, 'Other', { env: { region: 'eu-west-1' } });

    const imported = RealtimeApi.fromRealtimeApiAttributes(other, 'Realtime', {
      webSocketUrl: realtime.webSocketUrl,
      httpUrl: realtime.httpUrl,
      publishFunctionArn: realtime.publishFunction.functionArn,
    });
    imported.grants.publish(backend(other)).assertSuccess();

    expect(JSON.stringify(granted(Template.fromStack(other)))).toContain('FunctionsPublish');
  });
});

describe('metrics of a RealtimeApi', () => {
  const { stack, realtime } = realtimeStack();

  test.each<[string, (options?: object) => Metric, string, string]>([
    ['metricConnections', (options) => realtime.metricConnections(options), 'ConnectCount', 'Sum'],
    ['metricMessages', (options) => realtime.metricMessages(options), 'MessageCount', 'Sum'],
    ['metricClientErrors', (options) => realtime.metricClientErrors(options), 'ClientError', 'Sum'],
    ['metricIntegrationErrors', (options) => realtime.metricIntegrationErrors(options), 'IntegrationError', 'Sum'],
    ['metricExecutionErrors', (options) => realtime.metricExecutionErrors(options), 'ExecutionError', 'Sum'],
    ['metricIntegrationLatency', (options) => realtime.metricIntegrationLatency(options), 'IntegrationLatency', 'p99'],
  ])('%s', (_, make, name, statistic) => {
    const metric = make();
    expect(metric).toMatchObject({ namespace: 'AWS/ApiGateway', metricName: name, statistic, region: 'eu-west-1' });
    expect(metric.period).toEqual(Duration.minutes(5));
    expect(readable(stack.resolve(metric.dimensions?.ApiId))).toBe('${RealtimeWebSocketApi}');
    expect(metric.dimensions?.Stage).toBe('v1');
    expect(Object.keys(metric.dimensions ?? {}).sort()).toEqual(['ApiId', 'Stage']);
    const other = make({ statistic: 'Maximum', period: Duration.minutes(1), label: 'mine' });
    expect(other).toMatchObject({ statistic: 'Maximum', label: 'mine', metricName: name });
    expect(other.period).toEqual(Duration.minutes(1));
  });

  test('given an alarm on a metric, then its region is that of the backend', () => {
    new Alarm(stack, 'Alarm', { metric: realtime.metricExecutionErrors(), threshold: 1, evaluationPeriods: 1 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/ApiGateway',
      MetricName: 'ExecutionError',
      Statistic: 'Sum',
    });
  });
});

describe('outputs and metadata of a RealtimeApi', () => {
  test('given a backend, then outputs have the URLs, and the ARNs of secret and publish function, without exports', () => {
    const template = realtimeTemplate();
    expect(
      Object.fromEntries(Object.entries(outputs(template)).map(([id, value]) => [withoutHash(id), value])),
    ).toEqual({
      RealtimeWebSocketUrl: 'wss://${RealtimeWebSocketApi}.execute-api.eu-west-1.${AWS::URLSuffix}/v1',
      RealtimeHttpUrl: '${RealtimeHttpApi.ApiEndpoint}',
      RealtimeTokenSecret: '${RealtimeTokensSecret}',
      RealtimePublishFunction: '${RealtimeFunctionsPublish.Arn}',
    });
    expect(JSON.stringify(template.toJSON().Outputs)).not.toContain('Export');
  });

  test('given a backend, then the metadata has the names of its outputs by construct path', () => {
    const template = realtimeTemplate();
    const entry = template.toJSON().Metadata['cdk-realtime']['Test/Realtime'];
    expect(Object.keys(entry)).toEqual(['webSocketUrl', 'httpUrl', 'tokenSecret', 'namespaces']);
    expect(entry.namespaces).toEqual(['chat']);
    for (const output of [entry.webSocketUrl, entry.httpUrl, entry.tokenSecret]) {
      expect(Object.keys(outputs(template))).toContain(output);
    }
  });

  test('given an issuer, then there is no output for a secret', () => {
    const auth = RealtimeAuth.issuer({ issuer: 'https://id.example.com', audience: 'chat' });
    const template = realtimeTemplate({ auth });
    expect(Object.keys(template.toJSON().Metadata['cdk-realtime']['Test/Realtime'])).not.toContain('tokenSecret');
    expect(JSON.stringify(template.toJSON().Outputs)).not.toContain('Secret');
  });

  test('given an overridden logical id and other metadata, then the metadata has the new id, and the other is kept', () => {
    // GIVEN
    const { stack, realtime, template } = realtimeStack();
    stack.addMetadata('mine', 1);

    // WHEN
    const output = realtime.node.findChild('WebSocketUrl');
    if (output instanceof CfnOutput) output.overrideLogicalId('Socket');

    // THEN
    expect(template().toJSON().Metadata).toMatchObject({
      mine: 1,
      'cdk-realtime': { 'Test/Realtime': { webSocketUrl: 'Socket' } },
    });
    expect(Object.keys(outputs(template()))).toContain('Socket');
  });
});

describe('scopes of a RealtimeApi', () => {
  test('given two backends in a stack, then resources, outputs and metadata exist twice', () => {
    const stack = new Stack(new App(), 'Test');
    for (const id of ['One', 'Two']) new RealtimeApi(stack, id, { namespaces });

    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 4);
    template.resourceCountIs('AWS::Lambda::Function', 14);
    expect(Object.keys(template.toJSON().Metadata['cdk-realtime'])).toEqual(['Test/One', 'Test/Two']);
  });

  test('given a Stage and nested constructs, then the metadata has the construct path', () => {
    const stage = new Stage(new App(), 'Production', { env: { region: 'eu-west-1' } });
    const stack = new Stack(stage, 'Chat');
    new RealtimeApi(stack, 'Realtime', { namespaces });
    expect(Object.keys(Template.fromStack(stack).toJSON().Metadata['cdk-realtime'])).toEqual([
      'Production/Chat/Realtime',
    ]);
  });

  test('given a stack without a region, then URLs contain pseudo parameters', () => {
    const { template } = realtimeStack({}, {});
    expect(JSON.stringify(template().toJSON())).not.toContain('eu-west-1');
    expect(Object.values(outputs(template()))).toContain(
      'wss://${RealtimeWebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/v1',
    );
    template().hasResourceProperties('AWS::DynamoDB::GlobalTable', { Replicas: [{ Region: { Ref: 'AWS::Region' } }] });
  });
});
