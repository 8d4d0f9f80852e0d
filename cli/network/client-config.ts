// Configuration of AWS clients, for AWS or for the local cloud.
import { RealtimeError } from '../../protocol';
import type { Network } from './which-network';

/** Timeout of a connection: a region that does not answer must not delay a command for long. Milliseconds. */
const CONNECT_TIMEOUT = 3_000;

/**
 * The configuration of a client for one region of a network.
 *
 * @param timeout of a request. Milliseconds
 * @throws RealtimeError local_unreachable
 */
export function clientConfig({ endpoints }: Pick<Network, 'endpoints'>, region: string, timeout: number) {
  const shared = {
    region,
    maxAttempts: 2,
    // Without `throwOnRequestTimeout`, the SDK only logs a warning after the timeout.
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT, requestTimeout: timeout, throwOnRequestTimeout: true },
  };
  if (endpoints === undefined) return shared;
  const endpoint = endpoints.get(region);
  if (endpoint === undefined) throw new RealtimeError('local_unreachable', `The local cloud does not run ${region}.`);
  return { ...shared, endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}
