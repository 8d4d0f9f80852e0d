// A network of so many regions in this process, of which every request to AWS is counted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Duration } from 'aws-cdk-lib';
import WebSocket from 'ws';
import { networksOf } from '../../cli/network/local-networks';
import { RealtimeClient } from '../../client/src';
import { mintToken } from '../../client/src/token';
import { Namespace, RealtimeNetwork } from '../../lib';
import { type CloudLog, startCloud } from '../../local';

/** Requests of all regions, by what they are. */
export type Counts = Readonly<Record<string, number>>;

export interface CountedNetwork {
  client(region: string, name: string): RealtimeClient;
  /** What was requested since the last time. */
  take(): Counts;
  stop(): Promise<void>;
}

export async function startCounted(regions: readonly string[]): Promise<CountedNetwork> {
  const outdir = mkdtempSync(path.join(tmpdir(), 'bench-regions-'));
  const app = new App({ outdir });
  const namespaces = [Namespace.durable('chat', { retention: Duration.hours(1) })];
  new RealtimeNetwork(app, 'Bench', { regions: [...regions], namespaces });
  app.synth();
  let counts: Record<string, number> = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  // Every invocation ends with Lambda's own line.
  const log = ({ message }: CloudLog): void => {
    if (message.startsWith('REPORT')) count('invocations');
  };
  const cloud = await startCloud({ assembly: outdir, log });
  for (const { services } of cloud.regions) {
    services.callHooks.onCall = ({ service, operation }, phase) => {
      const isRead = operation === 'Query' || operation.includes('Get');
      const names: Readonly<Record<string, string>> = {
        dynamodb: isRead ? 'DynamoDB reads' : 'DynamoDB writes',
        sqs: 'SQS sends',
        apigateway: 'posts',
      };
      if (phase === 'before') count(names[service] ?? service);
      return Promise.resolve(undefined);
    };
  }
  const networks = networksOf(cloud);
  const clients: RealtimeClient[] = [];
  return {
    client: (home, name) => {
      const network = networks.find(({ region }) => region === home);
      const services = cloud.regions.find(({ region }) => region === home)?.services;
      const secret = services?.secrets.value(network?.secretArn ?? '') ?? '';
      const capabilities = { '*': ['subscribe', 'publish', 'history'] as const };
      const client = new RealtimeClient({
        url: network?.ws ?? '',
        token: () => mintToken({ secret, clientId: name, capabilities, expiresIn: 3_600 }),
        webSocket: WebSocket,
      });
      clients.push(client);
      return client;
    },
    take: () => {
      const taken = counts;
      counts = {};
      return taken;
    },
    stop: async () => {
      for (const client of clients) client.close();
      await cloud.stop();
      rmSync(outdir, { recursive: true, force: true });
    },
  };
}
