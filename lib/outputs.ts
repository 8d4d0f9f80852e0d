import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { type BackendMetadata, METADATA_KEY } from './contract/template-metadata';
import type { Namespace } from './namespace';
import type { NetworkMembership } from './network/region-context';

/** What is told about a backend. */
export interface OutputsOptions {
  /** Where clients connect. */
  readonly webSocketUrl: string;
  /** Where servers publish. */
  readonly httpUrl: string;
  /** The function that publishes. */
  readonly publishFunction: IFunction;
  /**
   * The secret that signs tokens.
   *
   * @default - an issuer signs them
   */
  readonly tokenSecret?: ISecret;
  /** Its namespaces. */
  readonly namespaces: readonly Namespace[];
  /**
   * The network that it is one region of.
   *
   * @default - none
   */
  readonly membership?: NetworkMembership;
}

/** Outputs for people and pipelines, and metadata by which the command line finds them in a template. */
export function addOutputs(scope: Construct, options: OutputsOptions): void {
  const { webSocketUrl, httpUrl, publishFunction, tokenSecret, namespaces, membership } = options;
  // The output's own token, not the name it has now: an override of the logical id that comes later counts too.
  const add = (name: string, value: string, description: string): string => {
    return new CfnOutput(scope, name, { value, description }).logicalId;
  };
  // Whoever takes it for the network's address stays with a region that is lost.
  const only = membership?.domain === undefined ? '' : ', in this region only: the routing stack tells where for all';
  add('PublishFunction', publishFunction.functionArn, 'For RealtimeApi.fromRealtimeApiAttributes in other apps');
  const entry: BackendMetadata = {
    webSocketUrl: add('WebSocketUrl', webSocketUrl, `Where clients connect${only}`),
    httpUrl: add('HttpUrl', httpUrl, `Where servers publish${only}`),
    ...(tokenSecret === undefined
      ? {}
      : { tokenSecret: add('TokenSecret', tokenSecret.secretArn, 'The secret that signs tokens') }),
    namespaces: namespaces.map(({ name }) => name),
    ...(membership === undefined ? {} : ofNetwork(membership)),
  };
  const stack = Stack.of(scope);
  const others = (stack.templateOptions.metadata?.[METADATA_KEY] ?? {}) as Record<string, unknown>;
  stack.addMetadata(METADATA_KEY, { ...others, [scope.node.path]: entry });
}

/** What the command line has to know to find the other regions, and what they tell each other. */
function ofNetwork({
  network: name,
  regions,
  domain,
  tables,
}: NetworkMembership): Pick<BackendMetadata, 'network' | 'domain'> {
  const network = { name, regions, channelsTable: tables.channelsTableName };
  return { network, ...(domain === undefined ? {} : { domain }) };
}
