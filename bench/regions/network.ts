// A network of several regions in the local cloud of this process, whose requests to AWS are counted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Duration } from 'aws-cdk-lib';
import WebSocket from 'ws';
import { RealtimeClient } from '../../client/src';
import { mintToken } from '../../client/src/token';
import { Namespace, RealtimeNetwork } from '../../lib';
import { networksOf } from '../../load/clients/local-networks';
import { type Cloud, type CloudLog, startCloud } from '../../local';

/** Requests of all regions, by kind. */
export type Counts = Readonly<Record<string, number>>;

/** Takes the key of a replicated row. */
export type ReplicationListener = (key: { readonly pk: string; readonly sk: string }) => void;

export interface CountedNetwork {
  client(region: string, name: string): RealtimeClient;
  /** Calls back after each write of another region that has been applied to the tables of this one. */
  onReplicated(region: string, listener: ReplicationListener): void;
  /** The requests since the last call. */
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
  // Lambda logs a REPORT line at the end of each invocation.
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
    onReplicated: (home, listener) => {
      watchReplication(cloud, home, listener);
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

function watchReplication(cloud: Cloud, home: string, listener: ReplicationListener): void {
  const dynamodb = cloud.regions.find(({ region }) => region === home)?.services.dynamodb;
  if (dynamodb === undefined) throw new Error(`no region ${home}`);
  const replicate = dynamodb.replicate.bind(dynamodb);
  dynamodb.replicate = async (change, decide) => {
    const isApplied = await replicate(change, decide);
    if (isApplied) listener({ pk: String(change.key.pk?.S), sk: String(change.key.sk?.S) });
    return isApplied;
  };
}
