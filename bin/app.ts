// The app that cdk.json runs: an example network, to deploy, to run locally (npm start), and to copy from.
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Namespace, RealtimeApi } from '../lib';

const app = new App();
const region = String(app.node.tryGetContext('region') ?? 'eu-west-1');

const stack = new Stack(app, 'Example', { stackName: 'cdk-realtime-example', env: { region } });
new RealtimeApi(stack, 'Realtime', {
  namespaces: [
    Namespace.durable('chat', { retention: Duration.days(7) }),
    Namespace.durable('location', { retention: Duration.hours(1) }),
  ],
  // An example is made to be thrown away; leave this out, and data outlives the stack.
  removalPolicy: RemovalPolicy.DESTROY,
});
