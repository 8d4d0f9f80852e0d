import WebSocket from 'ws';
import { networksOf } from '../../../load/clients/local-networks';
import { RealtimeClient } from '../../../client/src';
import { mintToken } from '../../../client/src/token';
import { type Cloud, type CloudLog, type CloudOptions, type LocalRegion, startCloud } from '../../../local';
import type { Capabilities } from '../../../protocol';
import { exampleAssembly } from '../templates/assembly';

export interface LocalNetwork {
  readonly cloud: Cloud;
  readonly region: LocalRegion;
  readonly ws: string;
  readonly http: string;
  readonly logs: CloudLog[];
  /** Names of the network's tables. */
  readonly tables: { readonly connections: string; readonly messages: string };
  token(clientId: string, capabilities?: Capabilities, expiresIn?: number): Promise<string>;
  client(clientId: string): RealtimeClient;
  stop(): Promise<void>;
}

/** The construct, synthesized and run in the local cloud, with the bundled handlers and real sockets. */
export async function startNetwork(options: Partial<CloudOptions> = {}): Promise<LocalNetwork> {
  const logs: CloudLog[] = [];
  const cloud = await startCloud({ assembly: exampleAssembly(), log: (line) => logs.push(line), ...options });
  const [network] = networksOf(cloud);
  const [region] = cloud.regions;
  if (network === undefined || region === undefined) throw new Error('the example has no network');
  const secret = region.services.secrets.value(network.secretArn ?? '') ?? '';
  const clients: RealtimeClient[] = [];
  const token: LocalNetwork['token'] = (
    clientId,
    capabilities = { '*': ['subscribe', 'publish', 'history'] },
    expiresIn = 3_600,
  ) => mintToken({ secret, clientId, capabilities, expiresIn });
  return {
    tables: await tablesOf(region),
    cloud,
    region,
    logs,
    token,
    ws: network.ws,
    http: network.http,
    client: (clientId) => {
      const client = new RealtimeClient({
        url: network.ws,
        token: () => token(clientId),
        webSocket: WebSocket,
      });
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.close();
      await cloud.stop();
    },
  };
}

async function tablesOf({ services }: LocalRegion): Promise<LocalNetwork['tables']> {
  const { body } = await services.dynamodb.call('ListTables', {});
  const { TableNames: names } = JSON.parse(body) as { TableNames: string[] };
  const find = (part: string): string => {
    const name = names.find((one) => one.toLowerCase().includes(part));
    if (name === undefined) throw new Error(`no table of ${part} among ${names.join(', ')}`);
    return name;
  };
  return { connections: find('connection'), messages: find('message') };
}
