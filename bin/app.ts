// The app that cdk.json runs: an example network, to deploy, to run locally (npm start), and to copy from.
import { App, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Namespace, RealtimeDomain, RealtimeNetwork } from '../lib';

const app = new App();
// With `-c domain=realtime.example.com`, clients find the nearest healthy region by one name.
const domain = app.node.tryGetContext('domain') as string | undefined;

new RealtimeNetwork(app, 'Example', {
  regions: ['eu-west-1', 'us-east-1'],
  namespaces: [
    Namespace.durable('chat', { retention: Duration.days(7) }),
    Namespace.durable('location', { retention: Duration.hours(1) }),
  ],
  ...(domain === undefined ? {} : { domain: RealtimeDomain.newZone(domain) }),
  // An example is made to be thrown away; leave this out, and data outlives the stacks.
  removalPolicy: RemovalPolicy.DESTROY,
});
