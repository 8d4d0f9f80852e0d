import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ChannelOrdering, Namespace, RealtimeApi, RealtimeDomain, RealtimeNetwork } from '../../../lib';

/** A new temporary folder. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(path.join(tmpdir(), `cdk-realtime-${name}-`));
}

/** Synthesizes an app into a new folder. */
export function synthesize(build: (app: App) => void): string {
  const outdir = temporaryFolder('assembly');
  const app = new App({ outdir });
  build(app);
  app.synth();
  return outdir;
}

/** One region with the namespaces `chat` (direct) and `orders` (FIFO). */
export function exampleAssembly(): string {
  return synthesize((app) => {
    const stack = new Stack(app, 'Test', { env: { region: 'eu-west-1' } });
    new RealtimeApi(stack, 'Realtime', {
      namespaces: [
        Namespace.durable('chat', { retention: Duration.hours(1) }),
        Namespace.durable('orders', { retention: Duration.hours(1), ordering: ChannelOrdering.FIFO }),
      ],
      removalPolicy: RemovalPolicy.DESTROY,
    });
  });
}

/** Two regions under one domain, with a namespace `chat`. */
export function networkAssembly(): string {
  return synthesize((app) => {
    new RealtimeNetwork(app, 'Test', {
      regions: ['eu-west-1', 'us-east-1'],
      namespaces: [Namespace.durable('chat', { retention: Duration.hours(1) })],
      domain: RealtimeDomain.newZone('realtime.example'),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  });
}
