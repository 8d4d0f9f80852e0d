// The app that cdk.json runs: an example network to deploy, to run locally (npm start), and to copy from.
import { App, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Namespace, RealtimeDomain, RealtimeNetwork } from '../lib';

const app = new App();
// With `-c domain=realtime.example.com`, one name resolves to the nearest healthy region.
const domain = app.node.tryGetContext('domain') as string | undefined;
// Other regions with `-c regions=eu-central-1,us-west-2`.
const regions = (app.node.tryGetContext('regions') as string | undefined) ?? 'eu-west-1,us-east-1';

new RealtimeNetwork(app, 'Example', {
  regions: regions.split(','),
  namespaces: [
    Namespace.durable('chat', { retention: Duration.days(7) }),
    Namespace.durable('location', { retention: Duration.hours(1) }),
  ],
  domain: domain === undefined ? undefined : RealtimeDomain.newZone(domain),
  // Deletes all data with the stacks. Remove this for an application.
  removalPolicy: RemovalPolicy.DESTROY,
});
