import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand as SdkPostToConnectionCommand,
  type PostToConnectionCommandOutput,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { CallbackClient, PostToConnectionCommand } from './client';
import type { HttpPoolOptions } from './http-pool';

/** The SDK's own client, with one socket for each concurrent post. */
export class SdkCallbackClient implements CallbackClient {
  private readonly client: ApiGatewayManagementApiClient;

  public constructor({ connections, timeout }: HttpPoolOptions) {
    this.client = new ApiGatewayManagementApiClient({
      // The fan-out retries. The SDK's retries would occupy a slot of the pool while they wait.
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: 1_000,
        requestTimeout: timeout,
        // Without this, the SDK only logs a warning after the time limit.
        throwOnRequestTimeout: true,
        // Both time limits include the wait for a socket, so each slot of the pool has a socket.
        httpAgent: { maxSockets: connections },
        httpsAgent: { maxSockets: connections },
      }),
    });
  }

  public send({ input }: PostToConnectionCommand): Promise<PostToConnectionCommandOutput> {
    return this.client.send(new SdkPostToConnectionCommand(input));
  }
}
