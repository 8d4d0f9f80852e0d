import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { type BackendMetadata, METADATA_KEY, type NetworkMetadata } from './contract/template-metadata';
import type { Namespace } from './namespace';
import type { RegionContext } from './network/region-context';

/** Attributes of a backend for outputs and metadata. */
export interface OutputsOptions {
  /** URL that clients connect to. */
  readonly webSocketUrl: string;
  /** URL that servers publish to. */
  readonly httpUrl: string;
  /** The function that publishes. */
  readonly publishFunction: IFunction;
  /**
   * The secret that signs tokens.
   *
   * @default - an issuer signs tokens
   */
  readonly tokenSecret?: ISecret;
  /** Namespaces of the backend. */
  readonly namespaces: readonly Namespace[];
  /**
   * The network that the backend is one region of.
   *
   * @default - none
   */
  readonly regionContext?: RegionContext;
}

/** Adds stack outputs for people and pipelines, and metadata by which the command line finds the outputs in a template. */
export function addOutputs(scope: Construct, options: OutputsOptions): void {
  const { webSocketUrl, httpUrl, publishFunction, tokenSecret, namespaces, regionContext } = options;
  // The token of the logical id rather than its present value, which a later override may change.
  const add = (name: string, value: string, description: string): string => {
    return new CfnOutput(scope, name, { value, description }).logicalId;
  };
  // A client that connects to the region's own URL can't reach another region when this one fails.
  const scopeNote =
    regionContext?.domain === undefined ? '' : ', this region only: the routing stack has the URL for all regions';
  add(
    'PublishFunction',
    publishFunction.functionArn,
    'ARN of the publish function, for RealtimeApi.fromRealtimeApiAttributes',
  );
  const entry: BackendMetadata = {
    webSocketUrl: add('WebSocketUrl', webSocketUrl, `URL that clients connect to${scopeNote}`),
    httpUrl: add('HttpUrl', httpUrl, `URL that servers publish to${scopeNote}`),
    tokenSecret: tokenSecret && add('TokenSecret', tokenSecret.secretArn, 'ARN of the secret that signs tokens'),
    namespaces: namespaces.map(({ name }) => name),
    network: regionContext && networkMetadata(regionContext),
    domain: regionContext?.domain,
  };
  const stack = Stack.of(scope);
  const others = (stack.templateOptions.metadata?.[METADATA_KEY] ?? {}) as Record<string, unknown>;
  stack.addMetadata(METADATA_KEY, { ...others, [scope.node.path]: entry });
}

function networkMetadata({ networkName, regions, tables }: RegionContext): NetworkMetadata {
  return {
    name: networkName,
    regions,
    channelsTable: tables.channelsTableName,
    messagesTable: tables.messagesTableName,
  };
}
