// What clients may do. The checker judges by the rights, the backend by the capabilities in their tokens.
import type { Capabilities } from '../../protocol';
import type { Random } from './random';

type Action = Capabilities[string][number];

export interface Rights {
  /** Channels that the rights are for. */
  readonly channels: readonly string[];
  readonly actions: readonly Action[];
}

const ALL: readonly Action[] = ['subscribe', 'publish', 'history'];

/** Every right on every channel. */
export function fullRights(channels: readonly string[]): Rights {
  return { channels, actions: ALL };
}

/** Rights that lack an action, or a channel. */
export function drawRights(random: Random, channels: readonly string[]): Rights {
  if (channels.length > 1 && random.chance(0.25)) return { channels: [random.pick(channels)], actions: ALL };
  const actions = random.pick<readonly Action[]>([
    ['subscribe'],
    ['subscribe', 'publish'],
    ['subscribe', 'publish'],
    ['subscribe', 'history'],
    ['publish'],
  ]);
  return { channels, actions };
}

/** The same as capabilities of a token, by a pattern when they are for every channel. */
export function capabilitiesOf({ channels, actions }: Rights, all: readonly string[]): Capabilities {
  if (channels.length === all.length) return { 'chat:room.*': actions };
  return Object.fromEntries(channels.map((channel) => [channel, actions]));
}

export function allows({ channels, actions }: Rights, channel: string, action: Action): boolean {
  return channels.includes(channel) && actions.includes(action);
}
