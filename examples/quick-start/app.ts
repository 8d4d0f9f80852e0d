import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Namespace, RealtimeApi } from 'cdk-realtime';

const app = new App();
const stack = new Stack(app, 'QuickStart', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION ?? 'eu-west-1' },
});

new RealtimeApi(stack, 'Realtime', {
  // Channels are named `chat:<anything>`. Messages can be replayed for a day.
  namespaces: [Namespace.durable('chat', { retention: Duration.days(1) })],
  // `cdk destroy` deletes the tables and their messages. Remove this line to keep them.
  removalPolicy: RemovalPolicy.DESTROY,
});
