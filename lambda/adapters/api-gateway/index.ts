import { defaultProvider } from '../bundle-aliases/credentials';
import { runtime } from '../runtime';
import { optionalSetting, setting } from '../environment';
import { type CallbackClient, type CallbackClientOptions, FastCallbackClient } from './client';
import { SdkCallbackClient } from './sdk-client';

export { type CallbackClient, PostToConnectionCommand } from './client';

/**
 * Creates the client that posts to connections. `CALLBACK_CLIENT=sdk` in a function's environment selects the SDK's own client.
 *
 * The endpoint is the region's execute-api address, which the construct sets. A custom domain answers `@connections` with 403, and
 * may resolve to another region, where the connection is unknown.
 */
export function callbackClient(options: Pick<CallbackClientOptions, 'connections' | 'timeout'>): CallbackClient {
  const endpoint = setting('AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI');
  const client = optionalSetting('CALLBACK_CLIENT') ?? 'fast';
  if (client === 'sdk') return new SdkCallbackClient(options);
  if (client !== 'fast') throw new Error(`CALLBACK_CLIENT must be fast or sdk, got: ${client}`);
  return new FastCallbackClient({
    ...options,
    endpoint,
    region: setting('AWS_REGION'),
    credentials: defaultProvider(),
    now: () => runtime.now(),
  });
}
