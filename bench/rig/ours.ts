// Our backend as a contender.
import { type App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { mintToken } from '../../client/src/token';
import { ChannelOrdering, Namespace, RealtimeAccessLogs, RealtimeAlarms, RealtimeApi } from '../../lib';
import { networksOf } from '../../load/clients/local-networks';
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../../protocol';
import type { Dial } from './audience-messages';
import { REGION, type Rig } from './cloud';
import type { Contender } from './contender';

/** A channel without ordering, and a FIFO channel. */
export const DIRECT_CHANNEL = 'direct:bench';
export const FIFO_CHANNEL = 'fifo:bench';

export function oursStack(app: App, name: string): void {
  const stack = new Stack(app, name, { env: { region: REGION } });
  new RealtimeApi(stack, 'Realtime', {
    namespaces: [Namespace.durable('direct'), Namespace.durable('fifo', { ordering: ChannelOrdering.FIFO })],
    throttle: { rateLimit: 10_000, burstLimit: 5_000 },
    accessLogs: RealtimeAccessLogs.disabled(),
    alarms: RealtimeAlarms.disabled(),
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** How to connect to the backend of a stack, and to subscribe to channels. */
export async function oursDial(rig: Rig, stack: string, channels: readonly string[]): Promise<Dial> {
  const network = networksOf(rig.cloud).find(({ path }) => path.startsWith(`${stack}/`));
  const secret = rig.region.services.secrets.value(network?.secretArn ?? '') ?? '';
  const capabilities = { '*': ['subscribe', 'publish'] as const };
  const token = await mintToken({ secret, clientId: 'bench', capabilities, expiresIn: 7_200 });
  return {
    url: network?.ws ?? '',
    protocols: [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL_PREFIX}${token}`],
    joins: [subscribes(channels)],
    joined: '"ok"',
  };
}

/** The frame that publishes a text. Its answer has the number of the message as id. */
export function oursPublish(channel: string, text: string, message: number): string {
  return JSON.stringify({ action: 'publish', id: message, channel, messages: [{ data: text }] });
}

/** The frames that subscribe to channels. */
export function subscribes(channels: readonly string[]): readonly string[] {
  return channels.map((channel, id) => JSON.stringify({ action: 'subscribe', id, channel }));
}

export const OURS: Contender = {
  name: 'ours',
  title: 'ours',
  stack: 'Ours',
  build: (app) => {
    oursStack(app, 'Ours');
  },
  dial: (rig) => oursDial(rig, 'Ours', [DIRECT_CHANNEL]),
  publisher: (rig) => oursDial(rig, 'Ours', []),
  publish: (text, message) => oursPublish(DIRECT_CHANNEL, text, message),
};

/** Our backend with the SDK's client for posts. */
export const OURS_SDK: Contender = {
  ...OURS,
  name: 'ours-sdk',
  title: 'ours, posting by the SDK',
  environment: { CALLBACK_CLIENT: 'sdk' },
};
