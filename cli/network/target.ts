import WebSocket from 'ws';
import { RealtimeClient, type WebSocketConstructor } from '../../client/src';
import { RealtimeError } from '../../protocol';
import { fetchFromDev, readDevState } from '../server/dev-state';

/** The network that a command connects to: the given one, or the local cloud that runs in this folder. */
export interface TargetOptions {
  readonly url?: string;
  readonly token?: string;
}

/**
 * Creates a client.
 *
 * @throws RealtimeError cli_usage or local_unreachable
 */
export async function connectTo({ url, token }: TargetOptions): Promise<RealtimeClient> {
  if (url !== undefined && token === undefined) throw new RealtimeError('cli_usage', '--url needs --token.');
  const webSocket = WebSocket as unknown as WebSocketConstructor;
  if (url !== undefined && token !== undefined) return new RealtimeClient({ url, token, webSocket });
  const [region] = readDevState().regions;
  if (region === undefined) throw new RealtimeError('local_unreachable', 'The local cloud runs no RealtimeApi.');
  const local = token ?? (await localToken('cli'));
  return new RealtimeClient({ url: region.ws, token: local, webSocket });
}

/** A token from the local cloud; by default it allows everything. */
export async function localToken(clientId: string, capabilities?: string, expiresIn?: number): Promise<string> {
  const query = new URLSearchParams({ client: clientId });
  if (capabilities !== undefined) query.set('cap', capabilities);
  if (expiresIn !== undefined) query.set('expires', String(expiresIn));
  const { token } = await fetchFromDev<{ readonly token: string }>(`/token?${query.toString()}`);
  return token;
}

/** Rejects after three failed attempts to connect, so that a command ends instead of retrying forever. */
export function failOnRefusal(client: RealtimeClient): Promise<never> {
  const refusal = new Promise<never>((_, reject) => {
    let failures = 0;
    client.on('state', (state, reason) => {
      if (state === 'connected') failures = 0;
      if (state !== 'disconnected') return;
      failures += 1;
      if (failures >= 3) reject(reason ?? new RealtimeError('connect_failed'));
    });
  });
  // Prevents an unhandled rejection while no caller waits for it, as between two lines of standard input.
  refusal.catch(() => undefined);
  return refusal;
}
