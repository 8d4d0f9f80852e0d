import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand as SdkPostToConnectionCommand,
  type PostToConnectionCommandOutput,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { CallbackClient, PostToConnectionCommand } from './client';
import type { CallbackTransportOptions } from './transport';

/** The SDK's own client, with as many sockets as there are posts at once. */
export class SdkCallbackClient implements CallbackClient {
  private readonly client: ApiGatewayManagementApiClient;

  public constructor({ connections, timeout }: CallbackTransportOptions) {
    this.client = new ApiGatewayManagementApiClient({
      // Retries are fan-out's: the SDK's own would hold a slot of the pool while they wait.
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: 1_000,
        requestTimeout: timeout,
        // Without it, the time limit is only a warning in the log.
        throwOnRequestTimeout: true,
        // Both limits run while a request waits for a socket, too: so there is one for each place in the pool.
        httpAgent: { maxSockets: connections },
        httpsAgent: { maxSockets: connections },
      }),
    });
  }

  public send({ input }: PostToConnectionCommand): Promise<PostToConnectionCommandOutput> {
    return this.client.send(new SdkPostToConnectionCommand(input));
  }
}
